"""Functions that make derivatives of functions, as JAX names them; they nest to any order.

>>> from autograd import grad, sin
>>> f = lambda x: x * sin(x)
>>> grad(f)(0.0), grad(grad(f))(0.0)
(0.0, 2.0)

Each of them calls the function once, on Values that stand for its arguments, and sweeps over the graph that comes out.
No `.grad` is touched. Derivatives are floats; if an argument is a Value, or the function uses variables of a `grad`
around it, they are Values that can be differentiated again. Other Values that the function
uses, such as the weights of a network, are constants to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import update_wrapper
from operator import index
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, ParamSpec, TypeVar, overload

from .core import compiled
from .graph import descendants, forward_sweep, in_order, reverse_sweep
from .modes import is_plain, is_recording, recording, show_gradients
from .primitives import primitive
from .structure import Structure, flatten, one_number, same_structure
from .text import shown
from .value import Value

if TYPE_CHECKING:
    from .signatures import Gradient, ValueAndGradient

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient", "value_and_grad", "vjp"]

P = ParamSpec("P")
R = TypeVar("R")


@overload
def grad(f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def grad(f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False) -> Callable[..., Any]:
    """Return a function that gives the gradient of `f`.

    Args:
        f: a function whose result is one number, of numbers or of lists, tuples, dicts and NumPy arrays of numbers.
        argnums: the position of the argument to differentiate by, or several positions.
        has_aux: `f` returns (result, something else), and the new function (gradient, something else).

    Returns:
        A function of the same arguments; its result has the structure of the argument, or is a tuple of these if
        `argnums` is a sequence.

    Raises, when called:
        TypeError: an argument holds anything but numbers, or the result is not one number.
        ValueError: there is no argument at such a position.

    >>> grad(lambda x: x**3)(2.0)
    12.0
    >>> grad(lambda p: p["a"] * p["b"][1])({"a": 2.0, "b": [3.0, 4.0]})
    {'a': 4.0, 'b': [0.0, 2.0]}
    """
    return _Gradient(f, argnums, has_aux)


@overload
def value_and_grad(
    f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> ValueAndGradient: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(
    f: Callable[..., Any], argnums: int | Sequence[int] = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives the result of `f` and its gradient, computed together; see `grad`.

    With `has_aux` the first of the two is (result, something else).

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    return _ValueAndGradient(f, argnums, has_aux)


def jacobian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives the derivatives of every number in the result of `f` by every number in an argument.

    Returns:
        The structure of the result, with the structure of the argument in the place of each of its numbers: of lists,
        row by row; of NumPy arrays, one array of shape result.shape + argument.shape.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return _Jacobian(f, argnums)


def hessian(f: Callable[..., Any], argnums: int | Sequence[int] = 0) -> Callable[..., Any]:
    """Return a function that gives the second derivatives of `f`: the `jacobian` of its `grad`.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums), argnums)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the result of `f` and its pull-back, which gives any weights times the Jacobian without the Jacobian.

    The pull-back takes a structure like the result's, a weight for each number, and returns a tuple with a structure
    like each primal's. It can be called many times.

    >>> result, pull_back = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> result, pull_back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    call = _Call.of(f, primals, {}, tuple(range(len(primals))))
    outputs, structure = flatten(call.result, "the result of f")

    def pull_back(cotangents: Any) -> tuple[Any, ...]:
        weights, given = flatten(cotangents, "the cotangent")
        same_structure(given, structure, "the cotangent", "the result of f")
        derivative: tuple[Any, ...] = call.pull_back(outputs, weights)[0]
        return derivative

    return structure.unflatten(map(call.outside, outputs)), pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return the result of `f` and its change if the primals change by the tangents: the Jacobian times the tangents.

    Args:
        f: a function of len(primals) arguments.
        primals: its arguments.
        tangents: for each of them a change of the same structure.

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    for name, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise TypeError(
                f"jvp takes its {name} as a tuple or list, one for each argument of f, but got {shown(given)}"
            )
    call = _Call.of(f, tuple(primals), {}, tuple(range(len(primals))))
    changes, given_structure = flatten(tuple(tangents), "tangents")
    same_structure(given_structure, flatten(tuple(primals), "primals")[1], "tangents", "the primals")
    outputs, structure = flatten(call.result, "the result of f")
    order, live = call.order(outputs)
    again = call.is_shared(order, live) or any(isinstance(change, Value) for change in changes)
    tangents_of = dict(zip(call.inputs, changes, strict=True))
    change = _recorded(forward_sweep, order, tangents_of, create_graph=again)
    moved = [change.get(output, 0.0) if isinstance(output, Value) else 0.0 for output in outputs]
    return (
        structure.unflatten(_for_outside(output, output in live) for output in outputs),
        structure.unflatten(_for_outside(m, again) for m in moved),
    )


def hvp(f: Callable[..., Any], x: Any, v: Any) -> Any:
    """Return the Hessian of `f` at `x` times `v`, in the structure of x, without the Hessian.

    >>> hvp(lambda p: p[0] ** 2 * p[1], [3.0, 5.0], [1.0, 0.0])
    [10.0, 6.0]
    """
    return jvp(grad(f), (x,), (v,))[1]


def stop_gradient(x: Any) -> Any:
    """Return `x` as a constant: a Value without its history, in any structure; floats stay floats.

    >>> grad(lambda x: x * stop_gradient(x))(3.0)
    3.0
    """
    numbers, structure = flatten(x, "stop_gradient's argument")
    return structure.unflatten(n.detach() if isinstance(n, Value) else n for n in numbers)


# --- how they work ---

INPUT = primitive("input", lambda x: x, [1.0], "=")  # makes the Value that stands for an argument while f runs
ARGUMENT = primitive("argument", lambda x: x, [1.0], "=")  # its form afterwards, if the argument was a Value
if compiled is not None:
    compiled.identity(INPUT)
    compiled.identity(ARGUMENT)


class _Derivative:
    """What `grad` and its family return: a function with the name and the help of `f`, and as easily pickled."""

    what: ClassVar[str]

    def __init__(self, f: Callable[..., Any], argnums: int | Sequence[int], has_aux: bool = False) -> None:
        self.f, self.argnums, self.has_aux = f, _checked(f, argnums), has_aux
        update_wrapper(self, f, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        if _named(self) is self:  # made by a decorator: like a function, it is pickled by name
            return str(vars(self)["__qualname__"])
        return type(self), (self.f, self.argnums, self.has_aux)

    def __repr__(self) -> str:
        return f"<{self.what} of {self.f!r}>"


class _ValueAndGradient(_Derivative):
    what = "value and gradient"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        return self.both(args, kwargs)

    def both(self, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> tuple[Any, Any]:
        call = _Call.of(self.f, args, kwargs, self.argnums)
        result, aux = call.result, None
        if self.has_aux:
            if not (isinstance(result, tuple) and len(result) == 2):
                raise TypeError(
                    f"with has_aux=True f must return (result, something else), but it returned {shown(result)}"
                )
            result, aux = result
        output = one_number(result)
        derivative, live = call.pull_back([output], [1.0])
        value = _for_outside(output, output in live)
        return ((value, call.beside(aux)) if self.has_aux else value), derivative


class _Gradient(_ValueAndGradient):
    what = "gradient"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        value, derivative = self.both(args, kwargs)
        return (derivative, value[1]) if self.has_aux else derivative


class _Jacobian(_Derivative):
    what = "Jacobian"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        call = _Call.of(self.f, args, kwargs, self.argnums)
        outputs, structure = flatten(call.result, "the result of f")
        rows = [call.pull_back([output], [1.0])[0] for output in outputs]
        if isinstance(self.argnums, int):
            return structure.unflatten(rows)
        return tuple(structure.unflatten(row[k] for row in rows) for k in range(len(self.argnums)))


def _named(derivative: _Derivative) -> Any:
    """The object of this name in its module: the function itself, unless a decorator replaced it."""
    found: Any = sys.modules.get(getattr(derivative, "__module__", ""))
    for name in getattr(derivative, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found


class _Call(NamedTuple):
    """One call of a function on Values that stand for its arguments."""

    result: Any
    inputs: list[Value]
    build: Callable[[Iterable[Any]], Any]  # puts one number for each input into the structure of the arguments
    is_linked: bool  # whether an argument was a Value, which somebody outside may differentiate by

    @staticmethod
    def of(f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], argnums: Any) -> _Call:
        positions = (argnums,) if isinstance(argnums, int) else argnums
        hint = f"; give {', '.join(kwargs)} by position" if kwargs else ""
        for i in positions:
            if not -len(args) <= i < len(args):
                raise ValueError(f"argnums asks for argument {i}, but f was called with {len(args)} by position{hint}")
        if len(positions) > 1 and len({i % len(args) for i in positions}) < len(positions):
            raise ValueError(f"argnums names an argument twice: {argnums!r} of {len(args)} by position{hint}")
        inputs: list[Value] = []
        structures: list[Structure] = []
        result = _recorded(_called, f, args, kwargs, positions, inputs, structures)

        def build(numbers: Iterable[Any]) -> Any:
            rest = iter(numbers)
            if isinstance(argnums, int):
                return structures[0].build(rest)
            return tuple(structure.build(rest) for structure in structures)

        return _Call(result, inputs, build, ARGUMENT in [node.op for node in inputs])

    def order(self, outputs: Iterable[Any]) -> tuple[Collection[Value], Collection[Value]]:
        """The graph above the inputs, and the part of it that may depend on variables outside."""
        order = in_order([v for v in outputs if isinstance(v, Value)], self.inputs)
        if self.is_linked:
            return order, order
        variables = [node for node in order if node.op is INPUT]
        return order, descendants(order, variables) if variables else ()

    def pull_back(self, outputs: Sequence[Any], weights: Sequence[Any]) -> tuple[Any, Collection[Value]]:
        """The weights of the outputs times their derivatives, in the structure of the arguments; and what is live."""
        seeds: dict[Value, Any] = {}
        for output, weight in zip(outputs, weights, strict=True):
            if isinstance(output, Value):
                seeds[output] = seeds[output] + weight if output in seeds else weight
        order, live = self.order(seeds)
        again = self.is_shared(order, live) or any(isinstance(weight, Value) for weight in weights)
        adjoint = _recorded(self.sweep, seeds, order, again)
        return self.build(_for_outside(adjoint[node], again) for node in self.inputs), live

    def sweep(self, seeds: dict[Value, Any], order: Iterable[Value], again: bool) -> dict[Value, Any]:
        """The gradients of the graph above the inputs, as Values if they may be differentiated again."""
        adjoint = reverse_sweep(seeds, self.inputs, create_graph=again, order=order)
        show_gradients(adjoint)
        return adjoint

    def is_shared(self, order: Collection[Value], live: Collection[Value]) -> bool:
        """Whether somebody outside may differentiate the derivatives by the inputs again."""
        return self.is_linked or bool(live) and not descendants(order, self.inputs).isdisjoint(live)

    def outside(self, output: Any) -> Any:
        """A result as the caller sees it."""
        return _for_outside(output, isinstance(output, Value) and output in self.order([output])[1])

    def beside(self, aux: Any) -> Any:
        """The auxiliary result of f: its Values as the caller sees them, anything else unchanged."""
        if isinstance(aux, dict):
            return {key: self.beside(item) for key, item in aux.items()}
        if type(aux) in (list, tuple):
            return type(aux)(map(self.beside, aux))
        if getattr(getattr(aux, "dtype", None), "kind", "") == "O":
            numbers, structure = flatten(aux, "aux")
            return structure.unflatten(map(self.outside, numbers))
        return self.outside(aux)


def _recorded(work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """The result of some work during which results are recorded."""
    if is_plain() is True:  # no context says otherwise
        return work(*args, **kwargs)
    with recording():
        return work(*args, **kwargs)


def _called(
    f: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
    positions: Iterable[int],
    inputs: list[Value],
    structures: list[Structure],
) -> Any:
    """The result of f on Values that stand for the arguments at the positions; they go to `inputs`."""
    called = list(args)
    for i in positions:
        numbers, structure = flatten(args[i], f"argument {i}")
        made = [_stand_in(x) for x in numbers]
        called[i] = structure.unflatten(made)
        inputs += made
        structures.append(structure)
    try:
        return f(*called, **kwargs)
    finally:
        for node in inputs:
            node.op = ARGUMENT if node.operands else None


def _stand_in(argument: Any) -> Value:
    if isinstance(argument, Value):
        linked: Value = INPUT(argument)
        return linked
    root = Value(argument)
    root.op = INPUT
    return root


def _for_outside(x: Any, traced: bool) -> Any:
    """A result as the caller sees it: a Value if it can be differentiated again, else a float."""
    if not isinstance(x, Value):
        return x
    if not traced:
        return x.data
    return x if is_recording() else x.detach()


def _checked(f: Any, argnums: Any) -> int | tuple[int, ...]:
    """The positions of the arguments to differentiate by, as Python's ints."""
    if not callable(f):
        raise TypeError(f"the first argument must be a function, but got {shown(f)}: write grad(f)(x), not grad(f(x))")
    positions: tuple[Any, ...] = tuple(argnums) if isinstance(argnums, (tuple, list)) else (argnums,)
    for i in positions:
        if isinstance(i, bool) or getattr(i, "ndim", 0) > 0 or not hasattr(i, "__index__"):
            raise TypeError(
                f"argnums must be an int or a sequence of ints, the positions of arguments, but got {shown(argnums)}"
            )
    found = tuple(map(index, positions))
    if len(set(found)) < len(found):
        raise ValueError(f"argnums names an argument twice: {argnums!r}")
    return found if isinstance(argnums, (tuple, list)) else found[0]
