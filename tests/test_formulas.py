"""The formulas of an optimizer, which compiled training uses, do what its update does, bit by bit."""

import copy
import pickle

import pytest

from autograd import Value, optim
from autograd.expressions import Symbol, evaluate
from autograd.optim.formulas import formulas, numbers_of
from autograd.rules import Untraceable

OPTIMIZERS = [
    (optim.SGD, {"lr": 0.1}),
    (optim.SGD, {"lr": 0.1, "weight_decay": 0.5, "maximize": True}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "dampening": 0.25, "weight_decay": 0.1}),
    (optim.SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    (optim.Adam, {}),
    (optim.Adam, {"lr": 0, "betas": (0.25, 0.5)}),
    (optim.Adam, {"lr": 0.1, "betas": (0.75, 0.5), "amsgrad": True, "weight_decay": 0.1, "maximize": True}),
    (optim.AdamW, {"lr": 0.1, "weight_decay": 0.2, "eps": 0}),
    (optim.RMSprop, {"weight_decay": 0.1}),
    (optim.RMSprop, {"centered": True, "momentum": 0.9, "alpha": 0.3}),
    (optim.RMSprop, {"momentum": 0.5, "maximize": True}),
    (optim.Adagrad, {"lr": 0.5, "lr_decay": 0.1, "weight_decay": 0.2, "initial_accumulator_value": 0.5}),
]


def stepped(make, options, gradients):
    """Return a parameter and its optimizer after steps with these gradients."""
    p = Value(0.75)
    optimizer = make([p], **options)
    for gradient in gradients:
        p.grad = gradient
        optimizer.step()
    return p, optimizer


@pytest.mark.parametrize(("make", "options"), OPTIMIZERS, ids=lambda x: getattr(x, "__name__", None))
def test_formulas_do_what_a_step_does(make, options):
    p, optimizer = stepped(make, options, [0.5])
    group, state = optimizer.param_groups[0], optimizer.state[p]
    found = formulas(optimizer, group, list(state))
    numbers = {"p": p.data, **state, **numbers_of(group)}
    for gradient in (-0.3, 2.0, 0.0, 1e200, -1e-200):
        numbers["gradient"] = p.grad = gradient
        optimizer.step()
        for name, e in found.assignments:
            numbers[name] = evaluate(e, {Symbol(key): x for key, x in numbers.items()})
        assert repr({name: numbers[name] for name in ("p", *state)}) == repr({"p": p.data, **optimizer.state[p]})


def test_formulas_say_for_which_options_they_are_right():
    p, optimizer = stepped(optim.SGD, {"lr": 0.1, "momentum": 0.9}, [1.0])
    found = formulas(optimizer, optimizer.param_groups[0], list(optimizer.state[p]))
    options = numbers_of(optimizer.param_groups[0])
    assert found.hold(options | {"lr": 0.0, "momentum": 0.5})
    assert not found.hold(options | {"momentum": 0.0})
    assert not found.hold(options | {"weight_decay": 0.1})


def test_a_step_that_adds_to_the_state_has_no_formulas():
    p, optimizer = stepped(optim.Adam, {}, [1.0])
    optimizer.param_groups[0]["amsgrad"] = True
    with pytest.raises(Untraceable, match="max_exp_avg_sq"):
        formulas(optimizer, optimizer.param_groups[0], list(optimizer.state[p]))


def test_the_state_that_compiled_steps_keep_is_brought_back_when_it_is_looked_up():
    p, optimizer = stepped(optim.Adam, {}, [1.0])
    moments, calls = optimizer.state[p], []

    class Lender:
        def bring_back(self):
            calls.append(1)
            moments["step"] = 7.0

    for look in (
        lambda: optimizer.state[p]["step"],
        lambda: optimizer.state_dict()["state"][0]["step"],
        lambda: copy.deepcopy(optimizer).state_dict()["state"][0]["step"],
        lambda: pickle.loads(pickle.dumps(optimizer)).state_dict()["state"][0]["step"],
    ):
        moments["step"] = 1.0
        optimizer.lender = Lender()
        assert (look(), look()) == (7.0, 7.0)
    assert len(calls) == 4
    moments["step"] = 1.0
    optimizer.lender = Lender()
    optimizer.step()
    assert moments["step"] == 8.0
