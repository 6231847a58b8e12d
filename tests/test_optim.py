"""Optimizers step as PyTorch's do, can be saved and go on, and refuse what is wrong before they change anything."""

import json
import math

import numpy as np
import pytest

from autograd import Value, nn, optim
from tests.oracles.make_torch_optim import agree, name, reference, stored, train

ALL = [optim.SGD, optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad]
VARIANTS = [
    (optim.SGD, {}),
    (optim.SGD, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    (optim.Adam, {}),
    (optim.Adam, {"amsgrad": True}),
    (optim.AdamW, {"betas": (0.5, 0.8)}),
    (optim.RMSprop, {"momentum": 0.5, "centered": True}),
    (optim.Adagrad, {"lr_decay": 0.1}),
]
every_optimizer = pytest.mark.parametrize("kind", ALL)
every_variant = pytest.mark.parametrize(("kind", "options"), VARIANTS)


def parameters(*numbers):
    found = [Value(x) for x in numbers]
    for i, p in enumerate(found):
        p.grad = 0.5 - i
    return found


def numbers(params):
    return [p.data for p in params]


# --- as PyTorch ---


@pytest.mark.parametrize("case", stored("optimizers"), ids=name)
def test_ten_steps_and_the_state_after_them_are_pytorchs(case):
    assert agree(train(case, optim, Value, float), {key: case[key] for key in ("parameters", "state")})


def test_they_are_also_those_of_the_pytorch_that_is_installed():
    pytest.importorskip("torch")
    for case in reference()["optimizers"]:
        assert agree(train(case, optim, Value, float), {key: case[key] for key in ("parameters", "state")}), case


@every_variant
@pytest.mark.parametrize("gradient", [math.nan, math.inf, -math.inf])
def test_a_gradient_that_is_not_finite_does_to_its_parameter_what_it_does_in_pytorch(kind, options, gradient):
    torch = pytest.importorskip("torch")
    ours, theirs = parameters(1.0, 2.0), [torch.tensor(x, dtype=torch.float64).requires_grad_() for x in (1.0, 2.0)]
    pairs = [(kind(ours, **options), ours), (getattr(torch.optim, kind.__name__)(theirs, **options), theirs)]
    for optimizer, params in pairs:
        for g in (0.5, gradient, 0.25):
            params[0].grad = g if params is ours else torch.tensor(g, dtype=torch.float64)
            params[1].grad = 1.0 if params is ours else torch.tensor(1.0, dtype=torch.float64)
            optimizer.step()
    assert agree(numbers(ours), [p.item() for p in theirs])


@every_variant
def test_a_gradient_of_nan_is_applied_not_hidden(kind, options):
    params = parameters(1.0, 2.0)
    params[0].grad = math.nan
    kind(params, **options).step()
    assert math.isnan(params[0].data) and math.isfinite(params[1].data)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW, optim.RMSprop, optim.Adagrad])
def test_no_gradient_and_an_eps_of_0_is_0_over_0(kind):
    p = Value(1.0)
    kind([p], eps=0.0).step()
    assert math.isnan(p.data)


def test_a_beta_of_0_forgets_the_past_even_where_it_was_huge():
    (p,) = parameters(1.0)
    optimizer = optim.Adam([p], betas=(0.0, 0.9))
    for gradient in (1e20, 0.25):
        p.grad = gradient
        optimizer.step()
    assert optimizer.state[p]["exp_avg"] == 0.25


# --- use ---


@every_optimizer
def test_an_optimizer_finds_the_minimum_of_a_parabola(kind):
    x = Value(2.0)
    optimizer = kind([x], lr=0.05 if kind is not optim.Adagrad else 1.0)
    for _ in range(600):
        optimizer.zero_grad()
        ((x - 3.0) ** 2).backward()
        optimizer.step()
    assert x.data == pytest.approx(3.0, abs=0.05)


@every_optimizer
def test_a_step_calls_the_closure_first_and_returns_its_loss(kind):
    x = Value(2.0)
    optimizer = kind([x], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = x * x
        loss.backward()
        return loss

    assert optimizer.step(closure).data == 4.0
    assert x.data < 2.0
    assert optimizer.step() is None


@every_optimizer
def test_a_closure_that_fails_changes_nothing(kind):
    params = parameters(1.0, 2.0)
    optimizer = kind(params)
    with pytest.raises(ZeroDivisionError):
        optimizer.step(lambda: 1 / 0)
    assert numbers(params) == [1.0, 2.0] and optimizer.state_dict()["state"] == {}


@every_optimizer
def test_maximize_goes_the_other_way(kind):
    down, up = parameters(0.0), parameters(0.0)
    kind(down, weight_decay=0.0).step()
    kind(up, weight_decay=0.0, maximize=True).step()
    assert down[0].data == -up[0].data != 0.0


def test_zero_grad_sets_the_gradients_of_all_groups_to_0():
    a, b = parameters(1.0, 2.0)
    optim.SGD([{"params": [a]}, {"params": [b]}]).zero_grad()
    assert (a.grad, b.grad) == (0.0, 0.0)


def test_a_gradient_that_is_a_value_counts_as_its_number():
    x = Value(3.0)
    (x * x).backward(create_graph=True)
    assert isinstance(x.grad, Value)
    optim.SGD([x], lr=0.5).step()
    assert x.data == 0.0 and type(x.data) is float


def test_the_parameters_of_a_module_can_be_given_with_or_without_their_names():
    model = nn.Linear(2, 1, seed=0)
    assert optim.Adam(model.parameters()).param_groups[0]["params"] == model.parameters()
    named = optim.Adam(model.named_parameters()).param_groups[0]
    assert named["params"] == model.parameters()
    assert named["param_names"] == [name for name, _ in model.named_parameters()]


def test_groups_have_their_own_options_and_the_defaults_otherwise():
    a, b, c = parameters(1.0, 1.0, 1.0)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.5}], lr=0.1, momentum=0.9)
    optimizer.add_param_group({"params": (p for p in [c]), "momentum": 0.0})
    assert [(g["lr"], g["momentum"]) for g in optimizer.param_groups] == [(0.1, 0.9), (0.5, 0.9), (0.1, 0.0)]
    optimizer.step()
    assert numbers([a, b, c]) == pytest.approx([0.95, 1.25, 1.15])


def test_an_option_can_be_set_between_two_steps():
    x = parameters(1.0)
    optimizer = optim.SGD(x, lr=0.0)
    optimizer.step()
    assert x[0].data == 1.0
    optimizer.param_groups[0].update(lr=1.0, momentum=0.9)
    optimizer.step()
    optimizer.step()
    assert x[0].data == pytest.approx(1.0 - 0.5 - 0.5 * 1.9)


def test_numpy_options_become_floats():
    x = parameters(1.0)
    optim.SGD(x, lr=np.float32(0.5), momentum=np.float64(0.9)).step()
    assert x[0].data == 0.75 and type(x[0].data) is float


def test_an_optimizer_of_ones_own_needs_only_its_update():
    class SignSGD(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def update(self, group):
            for p, gradient, _ in self.gradients(group):
                p.data -= group["lr"] * math.copysign(1.0, gradient)

    params = parameters(1.0, 1.0)
    SignSGD(params, lr=0.25).step()
    assert numbers(params) == [0.75, 1.25]


def test_repr_shows_the_options_of_every_group():
    assert repr(optim.SGD([Value(1.0)], lr=0.1)) == (
        "SGD (\nParameter Group 0\n    dampening: 0.0\n    lr: 0.1\n    maximize: False\n    momentum: 0.0\n"
        "    nesterov: False\n    weight_decay: 0.0\n)"
    )


# --- saving and loading ---


def run(optimizer, params, steps):
    for step in range(steps):
        for i, p in enumerate(params):
            p.grad = math.sin(step + i) + p.data
        optimizer.step()


@every_variant
def test_an_optimizer_goes_on_from_its_state_as_if_it_had_never_stopped(kind, options):
    params = parameters(1.0, -2.0, 0.5)
    optimizer = kind(params, lr=0.1, **options)
    run(optimizer, params, 4)
    saved, copies = json.loads(json.dumps(optimizer.state_dict())), [Value(p.data) for p in params]
    loaded = kind(copies)
    loaded.load_state_dict(saved)
    run(optimizer, params, 5)
    run(loaded, copies, 5)
    assert numbers(copies) == numbers(params)
    assert loaded.state_dict() == optimizer.state_dict()


def test_a_state_that_was_returned_does_not_change_with_the_next_step():
    params = parameters(1.0)
    optimizer = optim.Adam(params)
    optimizer.step()
    saved = optimizer.state_dict()
    before = json.dumps(saved)
    optimizer.step()
    assert json.dumps(saved) == before


def test_the_state_is_laid_out_as_pytorchs():
    a, b = parameters(1.0, 2.0)
    optimizer = optim.SGD([{"params": [a]}, {"params": [b], "lr": 0.5}], lr=0.1, momentum=0.9)
    optimizer.step()
    state = optimizer.state_dict()
    assert state["state"] == {0: {"momentum_buffer": 0.5}, 1: {"momentum_buffer": -0.5}}
    assert [(g["params"], g["lr"]) for g in state["param_groups"]] == [([0], 0.1), ([1], 0.5)]


def broken(edit):
    params = parameters(1.0, 2.0)
    optimizer = optim.Adam(params)
    optimizer.step()
    state = optimizer.state_dict()
    edit(state)
    return state


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda s: s.pop("state"), "has no state"),
        (lambda s: s["param_groups"].append(s["param_groups"][0]), r"groups of \[2\] parameters.*has \[2, 2\]"),
        (lambda s: s["param_groups"][0].update(params=[0]), r"groups of \[2\] parameters.*has \[1\]"),
        (lambda s: s["param_groups"][0].pop("betas"), "has no betas"),
        (lambda s: s["param_groups"][0].update(lr=-1.0), "lr must be"),
        (lambda s: s["state"][1].pop("exp_avg"), "parameter 1 has step, exp_avg_sq"),
        (lambda s: s["state"][1].update(momentum_buffer=1.0), "keeps step, exp_avg, exp_avg_sq"),
        (lambda s: s["state"].update({7: s["state"][0]}), r"no group has: \[7\]"),
        (lambda s: s["state"][0].update(exp_avg="much"), "exp_avg of parameter 0 must be a real number"),
    ],
)
def test_a_state_that_does_not_fit_changes_nothing_and_says_why(edit, message):
    optimizer = optim.Adam(parameters(3.0, 4.0), lr=0.5)
    optimizer.step()
    before = optimizer.state_dict()
    with pytest.raises((ValueError, TypeError), match=message):
        optimizer.load_state_dict(broken(edit))
    assert optimizer.state_dict() == before


IMPOSSIBLE = [
    (optim.Adam, lambda s: s["state"][0].update(step=-5.0), "step of parameter 0 must be a whole number of at least 0"),
    (optim.Adam, lambda s: s["state"][0].update(step=-1.0), "but got -1.0"),
    (optim.Adam, lambda s: s["state"][0].update(step=1.5), "but got 1.5"),
    (optim.Adam, lambda s: s["state"][0].update(step=math.inf), "but got inf"),
    (optim.Adam, lambda s: s["state"][0].update(step=True), "step of parameter 0 must be a number, but got True"),
    (optim.Adam, lambda s: s["state"][0].update(exp_avg=None), "exp_avg of parameter 0 must be a number, but got None"),
    (optim.Adam, lambda s: s["state"][0].update(exp_avg_sq=-1.0), "exp_avg_sq of parameter 0 must be at least 0"),
    (optim.Adagrad, lambda s: s["state"][0].update(sum=-1.0), "sum of parameter 0 must be at least 0"),
    (optim.RMSprop, lambda s: s["state"][0].update(square_avg=-1.0), "square_avg of parameter 0 must be at least 0"),
    (optim.RMSprop, lambda s: s["state"][0].update(step=[1.0]), "step of parameter 0 must be a real number"),
    (optim.SGD, lambda s: s["param_groups"][0].update(lr=True), "lr must be a number, but got True"),
    (optim.SGD, lambda s: s["param_groups"][0].update(lr=math.nan), "lr must be a finite number of at least 0"),
    (
        optim.SGD,
        lambda s: s["param_groups"][0].update(lr="0.1"),
        "group 0 of the loaded state does not fit: lr must be",
    ),
    (optim.SGD, lambda s: s["param_groups"][0].update(maximize="no"), "maximize must be True or False, but got 'no'"),
    (optim.SGD, lambda s: s["param_groups"][0].update(initial_lr=[]), "initial_lr must be a real number"),
    (optim.SGD, lambda s: s["param_groups"][0].update(param_names=["a", "b", "c"]), "a name for each parameter"),
    (optim.SGD, lambda s: s["param_groups"][0].update({1: 2}), "must be a string, but got 1"),
    (optim.Adam, lambda s: s["param_groups"][0].update(betas=0.9), "betas must be two numbers"),
    (optim.Adam, lambda s: s["param_groups"][0].update(params=[0, 0]), r"a different number.*\[0, 0\]"),
    (optim.Adam, lambda s: s["param_groups"][0].update(params=[[0], 1]), "whose 'params' are whole numbers"),
    (optim.Adam, lambda s: s["param_groups"][0].pop("params"), "whose 'params' are whole numbers"),
    (optim.Adam, lambda s: s.update(param_groups=[3]), "group 0 must be a dict"),
    (optim.Adam, lambda s: s.update(param_groups={"lr": 0.1}), "param_groups must be a list and state a dict"),
    (optim.Adam, lambda s: s.update(state=[1.0]), "param_groups must be a list and state a dict"),
    (optim.Adam, lambda s: s["state"].update(x={}), "must be the numbers of parameters, but got 0, 1, 'x'"),
    (optim.Adam, lambda s: s["state"].update({"0": {}}), "must be the numbers of parameters"),
    (optim.Adam, lambda s: s["state"].update({0: [1.0]}), "the state of parameter 0 must be a dict"),
    (optim.Adam, lambda s: s["state"][0].update({f"name {i}": 1.0 for i in range(100_000)}), "and 99,998 more$"),
    (optim.Adam, lambda s: s["state"].update({i: {} for i in range(2, 100_000)}), "and 99,993 more"),
]


@pytest.mark.parametrize(("kind", "edit", "message"), IMPOSSIBLE)
def test_a_state_that_cannot_be_is_a_short_value_error_and_changes_nothing(kind, edit, message):
    params = parameters(3.0, 4.0)
    optimizer = kind(params, lr=0.5)
    run(optimizer, params, 2)
    before, state = json.dumps(optimizer.state_dict()), optimizer.state_dict()
    if kind is optim.SGD:
        assert state["state"] == {}
    edit(state)
    with pytest.raises(ValueError, match=message) as error:
        optimizer.load_state_dict(state)
    assert json.dumps(optimizer.state_dict()) == before and len(str(error.value)) < 1000


@pytest.mark.parametrize("state", [None, [], "state", 3, {1: 2}])
def test_what_is_not_a_state_at_all_is_a_value_error(state):
    with pytest.raises(ValueError, match="state"):
        optim.SGD(parameters(1.0)).load_state_dict(state)


def test_the_state_of_a_run_that_diverged_is_accepted():
    for kind in (optim.SGD, optim.Adam, optim.RMSprop, optim.Adagrad):
        for gradient in (math.inf, math.nan, 1e200):
            (p,) = parameters(1.0)
            optimizer = kind([p], **({"momentum": 0.9} if kind is optim.SGD else {}))
            p.grad = gradient
            optimizer.step()
            optimizer.load_state_dict(json.loads(json.dumps(optimizer.state_dict())))


def test_an_option_that_is_set_later_does_not_make_the_state_one_that_is_refused():
    for kind, option, x in (
        (optim.SGD, "momentum", 0.9),
        (optim.Adam, "amsgrad", True),
        (optim.RMSprop, "momentum", 0.9),
        (optim.RMSprop, "centered", True),
    ):
        params = parameters(1.0, 2.0)
        optimizer = kind(params, lr=0.1)
        run(optimizer, params, 2)
        optimizer.param_groups[0][option] = x
        optimizer.load_state_dict(optimizer.state_dict())
        run(optimizer, params, 2)


def test_what_a_group_has_and_a_loaded_state_lacks_stays():
    optimizer = optim.SGD(parameters(1.0), lr=0.5, momentum=0.5)
    state = optimizer.state_dict()
    scheduler = optim.lr_scheduler.OneCycleLR(optimizer, 1.0, 5)
    optimizer.load_state_dict(state)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr() != [0.5]


# --- what is refused ---


@every_optimizer
@pytest.mark.parametrize("given", [[], (), iter([]), [{"params": []}]])
def test_no_parameters_are_refused(kind, given):
    with pytest.raises(ValueError, match="at least one parameter"):
        kind(given)


@every_optimizer
def test_one_parameter_must_stand_in_a_list(kind):
    with pytest.raises(TypeError, match="a sequence of Values or of groups"):
        kind(Value(1.0))


@every_optimizer
@pytest.mark.parametrize("model", [nn.Linear(1, 1), nn.Sequential(nn.Linear(1, 1))])
def test_a_model_is_not_its_parameters(kind, model):
    with pytest.raises(
        TypeError, match=rf"such as model.parameters\(\), but got (.|\n)*of type {type(model).__name__}"
    ):
        kind(model)


@every_optimizer
@pytest.mark.parametrize("given", [[1.0], ["w"], [[Value(1.0)]], [Value(1.0), None], [{"params": [2.0]}]])
def test_what_is_not_a_value_is_not_a_parameter(kind, given):
    with pytest.raises(TypeError, match="a parameter is a Value, but parameter"):
        kind(given)


@pytest.mark.parametrize("group", [[Value(1.0)], {"lr": 0.1}, None])
def test_a_group_must_be_a_dict_with_parameters(group):
    with pytest.raises(TypeError, match="a group is a dict"):
        optim.SGD([Value(1.0)]).add_param_group(group)


def test_a_set_of_parameters_is_refused_since_it_has_no_order():
    with pytest.raises(TypeError, match="no order"):
        optim.SGD([{"params": {Value(1.0)}}])


def test_names_for_some_parameters_only_are_refused():
    with pytest.raises(ValueError, match="1 of 2 have one"):
        optim.SGD([("a", Value(1.0)), Value(2.0)])


@every_optimizer
def test_a_value_that_was_computed_is_not_a_parameter(kind):
    with pytest.raises(ValueError, match=r"parameter 1 was computed by 'mul'.*detach"):
        kind([Value(1.0), Value(2.0) * 3])


@every_optimizer
def test_a_parameter_that_is_given_twice_is_refused(kind):
    p, q = Value(1.0), Value(1.0)  # equal numbers are two parameters
    optimizer = kind([p, q])
    for attempt in (lambda: kind([p, p]), lambda: optimizer.add_param_group({"params": [p]})):
        with pytest.raises(ValueError, match="duplicate parameter: parameter . was passed before"):
            attempt()
    assert len(optimizer.param_groups) == 1


@pytest.mark.parametrize("bad", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize(
    ("kind", "option"),
    [(kind, option) for kind in ALL for option in kind.nonnegative],
)
def test_an_option_that_is_negative_or_not_finite_is_refused(kind, option, bad):
    with pytest.raises(ValueError, match=f"{option} must be a finite number of at least 0"):
        kind([Value(1.0)], **{option: bad})
    optimizer = kind([Value(1.0)])
    with pytest.raises(ValueError, match=f"{option} must be a finite number of at least 0"):
        optimizer.add_param_group({"params": [Value(1.0)], option: bad})
    assert len(optimizer.param_groups) == 1


@every_optimizer
def test_a_learning_rate_that_is_no_number_is_refused(kind):
    for bad in ("0.1", None, Value(0.1), 1j):
        with pytest.raises(TypeError, match="lr must be a real number"):
            kind([Value(1.0)], lr=bad)


@pytest.mark.parametrize("kind", [optim.Adam, optim.AdamW])
def test_betas_are_two_numbers_below_1(kind):
    for bad in [(0.9, 1.0), (-0.1, 0.9), (math.nan, 0.9)]:
        with pytest.raises(ValueError, match="betas must be"):
            kind([Value(1.0)], betas=bad)
    for odd in [0.9, (0.9,), (0.9, 0.99, 0.999), ("a", "b")]:
        with pytest.raises(TypeError, match="beta"):
            kind([Value(1.0)], betas=odd)


@pytest.mark.parametrize("options", [{}, {"momentum": 0.9, "dampening": 0.1}])
def test_nesterov_needs_momentum_without_dampening(options):
    with pytest.raises(ValueError, match="nesterov needs"):
        optim.SGD([Value(1.0)], nesterov=True, **options)
