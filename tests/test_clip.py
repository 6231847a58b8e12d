"""Gradient clipping does what PyTorch's does and returns the norm from before."""

import math

import pytest

from autograd import Value, nn, optim
from autograd.optim import clip_grad_norm_, clip_grad_value_, get_total_norm
from tests.oracles.make_torch_optim import agree, clip, reference, stored

RESULTS = ("norm", "by_norm", "by_value")


def with_gradients(*gradients):
    params = [Value(0.0) for _ in gradients]
    for p, g in zip(params, gradients, strict=True):
        p.grad = g
    return params


def gradients(params):
    return [p.grad for p in params]


@pytest.mark.parametrize("case", stored("clipping"))
def test_norm_and_clipped_gradients_are_pytorchs(case):
    assert agree(clip(case, nn.utils, Value, float), {key: case[key] for key in RESULTS})


def test_they_are_also_those_of_the_pytorch_that_is_installed():
    pytest.importorskip("torch")
    for case in reference()["clipping"]:
        assert agree(clip(case, nn.utils, Value, float), {key: case[key] for key in RESULTS}), case


def test_the_functions_stand_where_pytorch_has_them():
    assert nn.utils.clip_grad_norm_ is optim.clip_grad_norm_
    assert nn.utils.clip_grad_value_ is optim.clip_grad_value_


def test_gradients_that_are_short_enough_stay_to_the_last_bit():
    params = with_gradients(0.3, -0.4)
    assert clip_grad_norm_(params, max_norm=1.0) == 0.5
    assert gradients(params) == [0.3, -0.4]


def test_clipping_keeps_the_direction():
    params = with_gradients(30.0, -40.0)
    clip_grad_norm_(params, max_norm=5.0)
    a, b = gradients(params)
    assert a / b == pytest.approx(-0.75, rel=1e-15) and math.hypot(a, b) == pytest.approx(5.0, rel=1e-6)


def test_the_norm_of_huge_gradients_does_not_overflow():
    assert get_total_norm([3e200, 4e200]) == pytest.approx(5e200, rel=1e-15)
    assert get_total_norm([3e-200, 4e-200]) == pytest.approx(5e-200, rel=1e-15)


@pytest.mark.parametrize(
    ("norm_type", "norm"), [(2.0, 5.0), (1, 7.0), (math.inf, 4.0), (-math.inf, 0.0), (0.0, 2.0), (4.0, 337**0.25)]
)
def test_every_norm_is_known(norm_type, norm):
    assert get_total_norm([3.0, 0.0, -4.0], norm_type) == pytest.approx(norm, rel=1e-15)


def test_one_parameter_and_a_generator_will_do():
    (p,) = with_gradients(10.0)
    assert clip_grad_norm_(p, max_norm=20.0) == 10.0
    clip_grad_value_((q for q in [p]), clip_value=2.0)
    assert p.grad == 2.0


def test_no_parameters_have_the_norm_0():
    assert clip_grad_norm_([], max_norm=1.0) == 0.0


def test_a_gradient_that_is_a_value_is_clipped_to_a_number():
    x = Value(3.0)
    (x * x).backward(create_graph=True)
    assert clip_grad_norm_([x], max_norm=1.0) == 6.0
    assert type(x.grad) is float and x.grad == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_norm_that_is_not_finite_is_an_error_on_request_and_then_changes_nothing(bad):
    params = with_gradients(bad, 1.0)
    with pytest.raises(RuntimeError, match="cannot be clipped"):
        clip_grad_norm_(params, max_norm=1.0, error_if_nonfinite=True)
    assert agree(gradients(params), [bad, 1.0])


def test_clipping_by_value_keeps_nan():
    params = with_gradients(math.nan, math.inf, -3.0, 0.5)
    clip_grad_value_(params, clip_value=1.0)
    assert agree(gradients(params), [math.nan, 1.0, -1.0, 0.5])


def test_limits_below_0_and_things_that_are_no_parameters_are_refused():
    params = with_gradients(1.0)
    for bad in (-1.0, math.nan):
        with pytest.raises(ValueError, match="max_norm must be a number of at least 0"):
            clip_grad_norm_(params, max_norm=bad)
        with pytest.raises(ValueError, match="clip_value must be a number of at least 0"):
            clip_grad_value_(params, clip_value=bad)
    with pytest.raises(ValueError, match="norm_type"):
        clip_grad_norm_(params, max_norm=1.0, norm_type=math.nan)
    with pytest.raises(TypeError, match="parameter 1 is 2.0"):
        clip_grad_norm_([*params, 2.0], max_norm=0.1)
    assert gradients(params) == [1.0]


@pytest.mark.parametrize("model", [nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1))])
@pytest.mark.parametrize("clipped", [clip_grad_norm_, clip_grad_value_])
def test_a_model_is_not_its_parameters(clipped, model):
    with pytest.raises(
        TypeError, match=rf"such as model.parameters\(\), but got (.|\n)*of type {type(model).__name__}"
    ):
        clipped(model, 1.0)


def test_a_parameter_that_is_given_twice_is_clipped_once():
    x, y = with_gradients(30.0, 40.0)
    assert clip_grad_norm_([x, y, x], max_norm=5.0) == 50.0
    assert gradients([x, y]) == pytest.approx([3.0, 4.0], rel=1e-6)
