"""Every module gives what PyTorch's gives in float64: forward, gradients, and ten steps of training."""

import json
import math
from pathlib import Path

import pytest

from autograd import Value, nn
from tests.oracles import make_torch_nn
from tests.oracles.make_torch_nn import LEARNING_RATE

CASES = json.loads(Path(__file__).with_name("oracles").joinpath("torch_nn.json").read_text(encoding="utf-8"))["cases"]


def flat(x):
    return [number for item in x for number in flat(item)] if isinstance(x, (list, tuple)) else [x]


def values(x):
    return [values(item) for item in x] if isinstance(x, list) else Value(x)


def gradients(x):
    return [gradients(item) for item in x] if isinstance(x, list) else x.grad


def nested_gradients(module):
    """The gradients under the names of the state: `module.state_dict()` of a module whose numbers are them."""
    found = {}
    for name, p in module.named_parameters():
        found.setdefault(name.partition("[")[0], []).append(p.grad)
    return found


def replay(case):
    """Do with our module what `make_torch_nn.reference` did with PyTorch's."""
    module = eval(case["module"], {"nn": nn, "Residual": nn.Residual, "Sine": nn.Sine})
    module.load_state_dict(case["state"])
    result = {"losses": []}
    for _ in case["losses"]:
        inputs = values(case["inputs"])
        output = flat(make_torch_nn.call(module, inputs))
        loss = sum(((y - t) ** 2 for y, t in zip(output, case["target"], strict=True)), Value(0.0))
        module.zero_grad()
        loss.backward()
        result["losses"].append(loss.data)
        if "output" not in result:
            result["output"] = [y.data for y in output]
            result["input_gradients"] = gradients(inputs)
            result["gradients"] = nested_gradients(module)
        for p in module.parameters():
            p.data -= LEARNING_RATE * p.grad
    return result | {"trained": module.state_dict()}


def assert_close(ours, theirs, where):
    """Relative error at most 1e-12 of each number, or of the largest one beside it where a sum cancels."""
    ours, theirs = flat(ours), flat(theirs)
    assert len(ours) == len(theirs), where
    rounding = 1e-15 * max(map(abs, theirs), default=0.0)
    for a, b in zip(ours, theirs, strict=True):
        assert math.isclose(a, b, rel_tol=1e-12, abs_tol=rounding), (where, a, b)


def assert_replayed(case):
    ours = replay(case)
    for what in ("output", "input_gradients", "losses"):
        assert_close(ours[what], case[what], what)
    for what in ("gradients", "trained"):
        assert list(ours[what]) == list(case[what])
        for name in case[what]:
            assert_close(ours[what][name], case[what][name], f"{what} of {name}")


@pytest.mark.parametrize("case", CASES, ids=[case["module"] for case in CASES])
def test_a_module_computes_differentiates_and_trains_as_pytorchs_does(case):
    assert_replayed(case)


def test_the_stored_cases_are_those_that_the_script_lists_and_train():
    assert [case["module"] for case in CASES] == list(make_torch_nn.CASES)
    assert all(case["losses"][-1] < case["losses"][0] for case in CASES if case["gradients"])


@pytest.mark.parametrize("expression", make_torch_nn.CASES)
def test_a_module_agrees_with_the_pytorch_that_is_installed_on_other_numbers(expression):
    torch = pytest.importorskip("torch")
    assert_replayed(make_torch_nn.reference(torch, expression, make_torch_nn.CASES[expression], seed=7))
