"""What can be pickled and copied: modules, optimizers, derivatives of functions, and what the views find."""

import copy
import functools
import inspect
import math
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor

import pytest

import autograd
from autograd import (
    DataLoader,
    GradientMonitor,
    Value,
    backward_steps,
    diagnose,
    draw,
    explain,
    fit,
    grad,
    hessian,
    jacobian,
    nn,
    optim,
    play,
    value_and_grad,
    why,
)  # fmt: skip
from tests.oracles.make_torch_nn import CASES

# --- both ways, of everything ---


def pickled(x):
    return pickle.loads(pickle.dumps(x))


both_ways = pytest.mark.parametrize("copied", [pickled, copy.deepcopy, copy.copy])

ARGUMENTS = {
    "MLP": (2, [2, 1], "linear"),
    "Layer": (2, 2),
    "Embedding": (3, 2),
    "ModuleList": ([nn.Tanh()],),
    "Neuron": (2, "linear"),
    "Parameter": (2.0,),
    "Residual": (nn.Linear(2, 2),),
}
KNOWN = {name: getattr(nn, name) for name in nn.__all__} | {"nn": nn}
EXAMPLES = {type(eval(expression, KNOWN)): expression for expression in reversed(CASES)}
MODULES = [name for name in nn.__all__ if inspect.isclass(getattr(nn, name))]
SCHEDULES = {
    "LambdaLR": (abs,),
    "StepLR": (2,),
    "MultiStepLR": ([2],),
    "ExponentialLR": (0.5,),
    "CosineAnnealingLR": (4,),
    "OneCycleLR": (0.1, 9),
}


def made(name):
    kind = getattr(nn, name)
    return eval(EXAMPLES[kind], KNOWN) if kind in EXAMPLES else kind(*ARGUMENTS.get(name, ()))


@both_ways
@pytest.mark.parametrize("name", MODULES)
def test_every_module_and_loss(name, copied):
    module = made(name)
    again = copied(module)
    assert type(again) is type(module)
    if isinstance(module, nn.Module):
        assert repr(again) == repr(module) and again.state_dict() == module.state_dict()


@pytest.mark.parametrize("activation", ["linear", "relu", "tanh", "leaky_relu"])
def test_a_copied_network_computes_the_same_and_has_weights_of_its_own(activation):
    mlp = nn.MLP(2, [3, 1], activation, seed=0)
    for copied in (pickled, copy.deepcopy):
        again = copied(mlp)
        assert again([0.5, -2.0]).data == mlp([0.5, -2.0]).data
        again.layers[0].neurons[0].b = 5.0
        assert mlp.layers[0].bias[0].data == 0.0


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
@pytest.mark.parametrize("name", [n for n in optim.__all__ if inspect.isclass(getattr(optim, n)) and n != "Optimizer"])
def test_every_optimizer_with_its_parameters(name, copied):
    w = Value(1.0, "w")
    optimizer = getattr(optim, name)([w], lr=0.1)
    w.grad = 2.0
    optimizer.step()
    again = copied(optimizer)
    assert again.state_dict() == optimizer.state_dict()
    (p,) = again.param_groups[0]["params"]
    again.step()
    optimizer.step()
    assert p is not w and p.data == w.data


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
@pytest.mark.parametrize("name", [name for name in optim.lr_scheduler.__all__ if name != "LRScheduler"])
def test_every_schedule_with_its_optimizer(name, copied):
    optimizer = optim.SGD([Value(1.0)], lr=0.1, momentum=0.9)
    kind = getattr(optim.lr_scheduler, name)
    if name == "SequentialLR":
        parts = [optim.lr_scheduler.LinearLR(optimizer), optim.lr_scheduler.ExponentialLR(optimizer, 0.5)]
        scheduler = kind(optimizer, parts, [2])
    else:
        scheduler = kind(optimizer, *SCHEDULES.get(name, ()))
    again = copied(scheduler)
    for one in (scheduler, again):
        for _ in range(4):
            one.optimizer.step()
            one.step(*([1.0] if name == "ReduceLROnPlateau" else []))
    assert again.get_last_lr() == scheduler.get_last_lr() and again.optimizer is not optimizer


@both_ways
def test_a_loader_and_a_history(copied):
    loader = DataLoader([[1.0], [2.0], [3.0]], [1.0, 0.0, 1.0], shuffle=True, seed=0)
    assert list(copied(loader)) == list(DataLoader([[1.0], [2.0], [3.0]], [1.0, 0.0, 1.0], shuffle=True, seed=0))
    model = nn.Linear(1, 1, seed=0)
    history = fit(model, [([[1.0]], [[1.0]])], nn.MSELoss(), optim.SGD(model.parameters()), progress=False)
    assert vars(copied(history)) == vars(history)


# --- what the views find ---


@pytest.fixture(scope="module")
def views(tmp_path_factory):
    model = nn.MLP(2, [2, 1], "tanh", seed=0)
    watching = GradientMonitor(model)
    loss = (model([1.0, -2.0]) - 1) ** 2
    loss.backward()
    watching.record()
    w = model.parameters()[0]
    return {
        "Diagnosis": diagnose(model, loss),
        "Explanation": explain(loss, w),
        "Graph": draw(loss),
        "GradientMonitor": watching,
        "Player": play(loss, tmp_path_factory.mktemp("page") / "page.html"),
        "Reason": why(loss, w),
        "dead": why(autograd.relu(w * 0 - 1), w),
        "Steps": list(backward_steps(loss)),
    }


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
@pytest.mark.parametrize(
    "kind", ["Diagnosis", "Explanation", "Graph", "GradientMonitor", "Player", "Reason", "dead", "Steps"]
)
def test_every_result_of_a_view_reads_the_same(views, kind, copied):
    view = views[kind]
    again = copied(view)
    assert str(again) == str(view) and repr(again) == repr(view)
    for show in ("_repr_html_", "_repr_svg_"):
        if hasattr(view, show):
            assert getattr(again, show)() == getattr(view, show)()


@pytest.mark.parametrize("copied", [pickled, copy.deepcopy])
def test_a_copied_reason_has_its_steps_without_the_graph(views, copied):
    reason = views["Reason"]
    again = copied(reason)
    assert [(s.op, s.slope, s.paths, s.is_hook) for s in again.steps] == [
        (s.op, s.slope, s.paths, s.is_hook) for s in reason.steps
    ]
    assert [s.result.data for s in again.steps] == [s.result.data for s in reason.steps]
    assert all(first.operand is second.result for first, second in zip(again.steps, again.steps[1:], strict=False))
    assert again.steps[-1].operand is again.wrt and again.wrt.label == reason.wrt.label
    assert all(step.result.parents == () for step in again.steps)


# --- derivatives of functions ---


def parabola(x, scale=1.0):
    """A parabola."""
    return scale * x[0] ** 2 * x[1]


def both(x):
    return x[0] * x[1], "aux"


@functools.partial(grad, argnums=1)
def decorated(x, y):
    return x * y * y


class Curve:
    def __init__(self, scale):
        self.scale = scale

    @functools.partial(value_and_grad, argnums=1)
    def slope(self, x):
        return self.scale * x * x


FAMILY = {
    "grad": grad(parabola),
    "value_and_grad": value_and_grad(parabola),
    "jacobian": jacobian(parabola),
    "hessian": hessian(parabola),
    "several": grad(parabola, (0, 1)),
    "aux": grad(both, has_aux=True),
    "nested": grad(functools.partial(parabola, scale=2.0)),
}


@both_ways
@pytest.mark.parametrize("kind", FAMILY)
def test_a_derivative_of_a_function_that_can_be_pickled_can_be_pickled(kind, copied):
    arguments = ([3.0, 5.0], 2.0) if kind == "several" else ([3.0, 5.0],)
    assert copied(FAMILY[kind])(*arguments) == FAMILY[kind](*arguments)


def test_a_derivative_made_by_a_decorator_is_pickled_by_name_as_a_function_is():
    assert pickled(decorated) is decorated and copy.deepcopy(decorated) is decorated
    assert decorated(3.0, 2.0) == 12.0
    assert Curve(2.0).slope(3.0) == (18.0, 12.0) and Curve.slope(Curve(2.0), 3.0) == (18.0, 12.0)


def test_a_derivative_has_the_name_and_the_help_of_its_function():
    for derivative in (grad(parabola), value_and_grad(parabola), jacobian(parabola), hessian(parabola)):
        assert derivative.__name__ == "parabola" and derivative.__doc__ == "A parabola."
        assert str(inspect.signature(derivative)) == "(x, scale=1.0)"
    assert repr(hessian(abs)) == "<Jacobian of <gradient of <built-in function abs>>>"


def test_derivatives_and_modules_work_in_a_pool_of_processes():
    points = [[3.0, 5.0], [1.0, 2.0]]
    mlp = nn.MLP(2, [2, 1], seed=0)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for f in (grad(parabola), hessian(parabola), decorated.__class__(parabola, 0)):
            assert list(pool.map(f, points)) == list(map(f, points))
        assert pool.submit(decorated, 3.0, 2.0).result() == 12.0
        again, reason = pool.submit(trained, mlp).result()
    assert again.state_dict() != mlp.state_dict() and again([1.0, 2.0]).data != mlp([1.0, 2.0]).data
    assert reason.verdict == "healthy" and math.isfinite(reason.gradient)


def trained(mlp):
    loss = (mlp([1.0, 2.0]) - 3) ** 2
    loss.backward()
    optim.SGD(mlp.parameters(), lr=0.1).step()
    return mlp, why(loss, mlp.layers[1].bias[0])


# --- subclasses of Value ---


class Tagged(nn.Parameter):
    def __init__(self, name, tag):
        super().__init__(0.5, name)
        self.tag = tag


class Slotted(nn.Parameter):
    __slots__ = ("_unset", "tag")


@both_ways
def test_attributes_that_a_subclass_of_value_added_are_kept(copied):
    tagged, slotted = Tagged("w", ["a"]), Slotted(2.0, "v")
    slotted.tag = tagged.twin = slotted
    tagged.grad = 3.0
    again = copied(tagged)
    assert (type(again), again.data, again.grad, again.label, again.tag) == (Tagged, 0.5, 3.0, "w", ["a"])
    assert (again.tag is tagged.tag) is (copied is copy.copy)
    assert type(again.twin) is Slotted and again.twin.data == 2.0 and again.twin.tag is again.twin
    assert not hasattr(again.twin, "_unset")


def test_a_value_that_was_computed_is_not_pickled_with_its_whole_graph():
    y = Value(2.0) * 3
    for copied in (pickled, copy.deepcopy, copy.copy):
        with pytest.raises(TypeError, match="'mul' computed"):
            copied(y)


@pytest.mark.parametrize("name", [name for op in autograd.primitives.TABLE.values() for name in op.methods])
def test_a_method_is_pickled_under_each_of_its_names(name):
    method = getattr(Value, name)
    assert pickle.loads(pickle.dumps(method)) is method
