"""Losses give what PyTorch's give, keep their digits where PyTorch's cancel, and refuse what is wrong."""

import math

import numpy as np
import pytest

from autograd import Value, gradcheck, nn
from autograd.nn import functional
from tests.oracles.make_torch_optim import agree, name, reference, stored

MODULES = {
    "mse_loss": nn.MSELoss,
    "l1_loss": nn.L1Loss,
    "huber_loss": nn.HuberLoss,
    "smooth_l1_loss": nn.SmoothL1Loss,
    "binary_cross_entropy": nn.BCELoss,
    "binary_cross_entropy_with_logits": nn.BCEWithLogitsLoss,
    "hinge_loss": nn.HingeLoss,
    "cross_entropy": nn.CrossEntropyLoss,
    "nll_loss": nn.NLLLoss,
    "multi_margin_loss": nn.MultiMarginLoss,
}
REDUCTIONS = ["mean", "sum", "none"]
CASES = stored("losses")


def each(f, x):
    """f of every number in nested lists, in their shape."""
    return [each(f, item) for item in x] if isinstance(x, (list, tuple)) else f(x)


def flat(x):
    return [number for item in x for number in flat(item)] if isinstance(x, list) else [x]


def data(x):
    return each(lambda v: v.data if isinstance(v, Value) else v, x)


def values_and_gradients(loss, case):
    x = each(Value, case["input"])
    result = loss(x, case["target"])
    for value in flat(result):
        if isinstance(value, Value):  # a sample that is left out has the loss 0.0
            value.backward()
    return {"value": data(result), "gradient": each(lambda v: v.grad, x)}


def function(case, reduction):
    f = getattr(functional, case["loss"])
    return lambda x, target: f(x, target, reduction=reduction, **case["options"])


# --- as PyTorch ---


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_loss_and_its_gradient_are_pytorchs(case, reduction):
    assert agree(values_and_gradients(function(case, reduction), case), case[reduction])


def test_they_are_also_those_of_the_pytorch_that_is_installed():
    pytest.importorskip("torch")
    for case in reference()["losses"]:
        for reduction in REDUCTIONS:
            assert agree(values_and_gradients(function(case, reduction), case), case[reduction]), case


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("case", CASES, ids=name)
def test_a_module_is_its_function(case, reduction):
    module = MODULES[case["loss"]](reduction=reduction, **case["options"])
    assert values_and_gradients(module, case) == values_and_gradients(function(case, reduction), case)


@pytest.mark.parametrize("module", MODULES.values())
def test_a_module_of_a_loss_has_no_parameters_and_no_state(module):
    assert module().parameters() == [] and module().state_dict() == {}


# --- numbers of any kind ---


@pytest.mark.parametrize("case", CASES, ids=name)
def test_plain_numbers_in_a_plain_number_out(case):
    result = function(case, "mean")(case["input"], case["target"])
    assert type(result) is float and agree(result, case["mean"]["value"])


@pytest.mark.parametrize("case", CASES, ids=name)
def test_numpy_arrays_are_sequences(case):
    result = function(case, "none")(np.array(case["input"]), np.array(case["target"]))
    assert agree(result, case["none"]["value"])


def test_an_object_array_of_values_has_gradients():
    x = np.array([[Value(1.0), Value(2.0)]])
    functional.mse_loss(x, np.array([[0.0, 0.0]])).backward()
    assert [v.grad for v in x.flat] == [1.0, 2.0]


def test_a_target_may_be_a_value_with_a_gradient():
    target = [Value(0.25), Value(0.75)]
    functional.cross_entropy([1.0, 3.0], target).backward()
    assert [t.grad for t in target] == pytest.approx([math.log1p(math.exp(2.0)), math.log1p(math.exp(-2.0))])


@pytest.mark.parametrize(
    "loss",
    [
        lambda a, b: functional.binary_cross_entropy(a * a, 0.25),
        lambda a, b: functional.binary_cross_entropy_with_logits([a, b], [0.25, 1.0]),
        lambda a, b: functional.cross_entropy([a, b, a * b], 1, label_smoothing=0.1),
        lambda a, b: functional.multi_margin_loss([a, b, a * b], 1, p=2, margin=3.0),
        lambda a, b: functional.huber_loss([a, 3 * b], [0.0, 0.0]),
    ],
)
def test_losses_can_be_differentiated_twice(loss):
    assert gradcheck(loss, (0.6, -0.8), order=2)


# --- accuracy ---


@pytest.mark.parametrize("x", [15.0, 40.0, 200.0, 700.0])
def test_the_loss_of_a_confident_right_answer_keeps_all_digits(x):
    exact = math.log1p(math.exp(-x))
    assert functional.binary_cross_entropy_with_logits(x, 1.0) == pytest.approx(exact, rel=1e-15, abs=0)
    assert functional.binary_cross_entropy_with_logits(-x, 0.0) == pytest.approx(exact, rel=1e-15, abs=0)
    assert functional.cross_entropy([x, 0.0], 0) == pytest.approx(exact, rel=1e-15, abs=0)


@pytest.mark.parametrize("x", [40.0, 200.0, 700.0])
def test_so_does_its_gradient(x):
    logit, scores = Value(x), [Value(x), Value(0.0)]
    functional.binary_cross_entropy_with_logits(logit, 1.0).backward()
    functional.cross_entropy(scores, 0).backward()
    exact = -math.exp(-x)
    assert [logit.grad, scores[0].grad, scores[1].grad] == pytest.approx([exact, exact, -exact], rel=1e-14, abs=0)


def test_an_infinite_logit_of_the_right_class_costs_nothing():
    assert functional.binary_cross_entropy_with_logits(math.inf, 1.0) == 0.0
    assert functional.binary_cross_entropy_with_logits(math.inf, 0.0) == math.inf


def test_a_prediction_of_nan_has_the_loss_nan():
    for loss in (functional.mse_loss, functional.l1_loss, functional.huber_loss, functional.smooth_l1_loss):
        assert math.isnan(loss([math.nan, 1.0], [0.0, 1.0]))
    assert math.isnan(functional.cross_entropy([math.nan, 1.0], 1))


# --- what is refused ---

ELEMENTWISE = [
    "mse_loss", "l1_loss", "huber_loss", "smooth_l1_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits",
    "hinge_loss",
]  # fmt: skip
OF_CLASSES = ["cross_entropy", "nll_loss", "multi_margin_loss"]


@pytest.mark.parametrize("loss", ELEMENTWISE)
def test_shapes_that_differ_are_named_and_never_broadcast(loss):
    for x, target, message in [
        ([[0.5], [0.5]], [1.0, 1.0], r"\(2, 1\) and \(2,\)"),
        ([0.5, 0.5], 1.0, r"\(2,\) and \(\)"),
        ([0.5, 0.5], [1.0, 1.0, 1.0], r"\(2,\) and \(3,\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            getattr(functional, loss)(x, target)


@pytest.mark.parametrize("loss", OF_CLASSES)
def test_so_are_scores_and_classes_that_do_not_fit(loss):
    f = getattr(functional, loss)
    with pytest.raises(ValueError, match=r"shape \(2, 3\).*shape \(2,\).*got \(3,\)"):
        f([[0.1, 0.2, 0.3], [0.4, 0.5, 0.6]], [0, 1, 2])
    with pytest.raises(ValueError, match=r"\(samples, classes\), but got \(\)"):
        f(0.5, 0)
    with pytest.raises(ValueError, match=r"\(samples, classes\), but got \(1, 1, 2\)"):
        f([[[0.5, 0.5]]], [[0]])


@pytest.mark.parametrize("loss", ELEMENTWISE + OF_CLASSES)
def test_an_empty_batch_is_refused(loss):
    for empty in ([], [[]], [[], []], np.zeros((0, 3))):
        with pytest.raises(ValueError, match="empty"):
            getattr(functional, loss)(empty, [])


@pytest.mark.parametrize("loss", ELEMENTWISE + OF_CLASSES)
def test_ragged_rows_text_and_unknown_reductions_are_refused(loss):
    f = getattr(functional, loss)
    with pytest.raises(ValueError, match="ragged below shape"):
        f([[0.5, 0.5], [0.5]], [[1.0, 1.0], [1.0]])
    with pytest.raises(ValueError, match="ragged below shape"):
        f([[0.5, 0.5], 0.5], [[1.0, 1.0], 1.0])
    with pytest.raises(TypeError, match="must be a real number"):
        f(["0.5", 0.5], [1.0, 1.0])
    with pytest.raises(ValueError, match="'mean', 'sum' or 'none', but got 'average'"):
        f([[0.5, 0.5]], [1] if loss in OF_CLASSES else [[1.0, 1.0]], reduction="average")


@pytest.mark.parametrize("loss", OF_CLASSES)
@pytest.mark.parametrize("index", [-1, 3, 0.5, math.nan, Value(1.0)])
def test_a_class_that_there_is_not_is_refused(loss, index):
    with pytest.raises(ValueError, match="a whole number from 0 to 2"):
        getattr(functional, loss)([0.1, 0.2, 0.3], index)


@pytest.mark.parametrize("t", [-0.1, 1.1, math.nan])
def test_a_probability_outside_of_0_and_1_is_refused(t):
    for attempt in (
        lambda: functional.binary_cross_entropy(0.5, t),
        lambda: functional.binary_cross_entropy(t, 0.5),
        lambda: functional.binary_cross_entropy_with_logits(0.5, t),
        lambda: functional.cross_entropy([0.5, 0.5], [t, 0.5]),
        lambda: functional.cross_entropy([0.5, 0.5], 0, label_smoothing=t),
    ):
        with pytest.raises(ValueError, match="from 0 to 1"):
            attempt()


def test_labels_of_0_and_1_are_no_labels_for_the_hinge_loss():
    with pytest.raises(ValueError, match="-1 or 1, but got 0.0"):
        functional.hinge_loss([0.5, 0.5], [1, 0])


@pytest.mark.parametrize(
    "attempt",
    [
        lambda: functional.huber_loss(1.0, 0.0, delta=0.0),
        lambda: functional.huber_loss(1.0, 0.0, delta=math.nan),
        lambda: functional.smooth_l1_loss(1.0, 0.0, beta=-1.0),
        lambda: functional.multi_margin_loss([1.0, 0.0], 0, p=3),
        lambda: functional.cross_entropy([1.0, 0.0], 0, weight=[1.0]),
        lambda: functional.nll_loss([1.0, 0.0], 0, weight=[1.0, -1.0]),
        lambda: functional.binary_cross_entropy_with_logits([1.0, 0.0], [1.0, 0.0], pos_weight=[1.0, 2.0, 3.0]),
        lambda: nn.MSELoss(reduction="average"),
    ],
)
def test_options_out_of_range_are_refused(attempt):
    with pytest.raises(ValueError, match="must be|takes a number|is a number"):
        attempt()


def test_a_mean_over_samples_that_are_all_ignored_is_refused():
    with pytest.raises(ValueError, match="all are ignored"):
        functional.cross_entropy([[0.0, 1.0]], [-100])
    assert functional.cross_entropy([[0.0, 1.0]], [-100], reduction="sum") == 0.0
