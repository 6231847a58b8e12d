"""Functions that make derivatives of functions, as JAX names them; they nest to any order.

>>> from autograd import grad, sin
>>> f = lambda x: x * sin(x)
>>> grad(f)(0.0), grad(grad(f))(0.0)
(0.0, 2.0)

Each of them calls the function once, on Values in the places of its arguments, and sweeps over the recorded graph.
No `.grad` is touched. Derivatives are floats; if an argument is a Value, or the function uses variables of a `grad`
around it, they are Values that can be differentiated again. Other Values that the function
uses, such as the weights of a network, are constants to it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import update_wrapper
from operator import index
from types import MethodType
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Never, overload

from .evaluation import Evaluation, for_outside, recorded
from .graph import forward_sweep
from .primitives import sum_
from .structure import flatten, one_number, same_structure
from .text import did_you_mean, shown
from .value import Value

if TYPE_CHECKING:
    from .signatures import Gradient, ValueAndGradient

__all__ = [
    "Derivative", "WithGradient", "elementwise_grad", "grad", "hessian", "hvp", "jacobian", "jvp", "stop_gradient",
    "value_and_grad", "vjp",
]  # fmt: skip

Argnums = int | Sequence[int]


@overload
def grad(f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False) -> Gradient: ...
@overload
def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False) -> Callable[..., Any]: ...
def grad(f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, **other: Never) -> Callable[..., Any]:
    """Return a function that gives the gradient of `f`.

    Args:
        f: a function whose result is one number, of numbers or of lists, tuples, dicts, NumPy arrays and dataclasses of
            numbers. A field of a dataclass with metadata {"static": True} is a constant.
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
    return _Gradient(f, argnums, has_aux, **other)


@overload
def value_and_grad(
    f: Callable[..., Any], argnums: Literal[0] = 0, has_aux: Literal[False] = False
) -> ValueAndGradient: ...
@overload
def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]: ...
def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False, **other: Never
) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives the result of `f` and its gradient, computed together; see `grad`.

    With `has_aux` the first of the two is (result, something else).

    >>> value_and_grad(lambda x: x**3)(2.0)
    (8.0, 12.0)
    """
    return WithGradient(f, argnums, has_aux, **other)


def elementwise_grad(f: Callable[..., Any], argnums: Argnums = 0, **other: Never) -> Callable[..., Any]:
    """Return a function that gives the gradient of the sum of all numbers in the result of `f`.

    If `f` works number by number, this is the derivative of each.

    >>> elementwise_grad(lambda xs: [x**2 for x in xs])([1.0, 2.0, 3.0])
    [2.0, 4.0, 6.0]
    """
    return _ElementwiseGradient(f, argnums, **other)


def jacobian(f: Callable[..., Any], argnums: Argnums = 0, **other: Never) -> Callable[..., Any]:
    """Return a function that gives the derivatives of every number in the result of `f` by every number in an argument.

    Returns:
        The structure of the result, with the structure of the argument in the place of each of its numbers: of lists,
        row by row; of NumPy arrays, one array of shape result.shape + argument.shape.

    >>> jacobian(lambda v: [v[0] * v[1], v[0] + v[1]])([2.0, 3.0])
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return _Jacobian(f, argnums, **other)


def hessian(f: Callable[..., Any], argnums: Argnums = 0, **other: Never) -> Callable[..., Any]:
    """Return a function that gives the second derivatives of `f`: the `jacobian` of its `grad`.

    >>> hessian(lambda v: v[0] ** 2 * v[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    return jacobian(grad(f, argnums, **other), argnums)


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return the result of `f` and its pull-back, which gives any weights times the Jacobian without the Jacobian.

    The pull-back takes a structure like the result's, a weight for each number, and returns a tuple with a structure
    like each primal's. It can be called many times.

    >>> result, pull_back = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> result, pull_back([1.0, 10.0])
    ([6.0, 5.0], (13.0, 12.0))
    """
    at = Evaluation.of(f, primals, {}, tuple(range(len(primals))))
    outputs, structure = flatten(at.result, "the result of f")

    def pull_back(cotangents: Any) -> tuple[Any, ...]:
        weights, given = flatten(cotangents, "the cotangent")
        same_structure(given, structure, "the cotangent", "the result of f")
        derivative: tuple[Any, ...] = at.pull_back(outputs, weights)[0]
        return derivative

    return structure.unflatten(map(at.outside, outputs)), pull_back


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
    at = Evaluation.of(f, tuple(primals), {}, tuple(range(len(primals))))
    changes, given_structure = flatten(tuple(tangents), "tangents")
    same_structure(given_structure, flatten(tuple(primals), "primals")[1], "tangents", "the primals")
    outputs, structure = flatten(at.result, "the result of f")
    order, live = at.order(outputs)
    again = at.is_shared(order, live) or any(isinstance(change, Value) for change in changes)
    tangents_of = dict(zip(at.inputs, changes, strict=True))
    with recorded():
        change = forward_sweep(order, tangents_of, create_graph=again)
    if not again:
        at.freeze(order)
    moved = [change.get(output, 0.0) if isinstance(output, Value) else 0.0 for output in outputs]
    return (
        structure.unflatten(for_outside(output, output in live) for output in outputs),
        structure.of_derivatives(for_outside(m, again) for m in moved),
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


# --- the functions that they return ---


class Derivative:
    """What `grad` and its family return: a function with the name and the help of `f`, and as easily pickled."""

    what: ClassVar[str]

    def __init__(self, f: Callable[..., Any], argnums: Argnums, has_aux: bool = False, **other: Any) -> None:
        for name, x in other.items():
            hint = did_you_mean(name, ["argnums", "has_aux"]) or ": leave it out"
            raise TypeError(f"the {self.what} takes argnums and has_aux by keyword, but got {name}={shown(x)}{hint}")
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


class WithGradient(Derivative):
    """What `grad`, `value_and_grad` and `elementwise_grad` return: one sweep backwards from one number."""

    what = "value and gradient"
    gives_value: ClassVar[bool] = True
    number_of = staticmethod(one_number)  # the number to differentiate, of the result of f

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        at = Evaluation.of(self.f, args, kwargs, self.argnums)
        result, aux = at.result, None
        if self.has_aux:
            if not (isinstance(result, tuple) and len(result) == 2):
                raise TypeError(
                    f"with has_aux=True f must return (result, something else), but it returned {shown(result)}"
                )
            result, aux = result
        output = self.number_of(result)
        derivative, live = at.pull_back([output], [1.0])
        value = for_outside(output, output in live)
        return ((value, at.beside(aux)) if self.has_aux else value), derivative


class _Gradient(WithGradient):
    what = "gradient"
    gives_value = False

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        value, derivative = super().__call__(*args, **kwargs)
        return (derivative, value[1]) if self.has_aux else derivative


class _ElementwiseGradient(_Gradient):
    what = "elementwise gradient"

    @staticmethod
    def number_of(result: Any) -> Any:
        with recorded():
            return sum_(*flatten(result, "the result of f")[0], 0.0)


class _Jacobian(Derivative):
    what = "Jacobian"

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        at = Evaluation.of(self.f, args, kwargs, self.argnums)
        outputs, structure = flatten(at.result, "the result of f")
        rows = [at.pull_back([output], [1.0])[0] for output in outputs]
        if isinstance(self.argnums, int):
            return structure.of_derivatives(rows)
        return tuple(structure.of_derivatives(row[k] for row in rows) for k in range(len(self.argnums)))


def _named(derivative: Derivative) -> Any:
    """The object of this name in its module: the function itself, unless a decorator replaced it."""
    found: Any = sys.modules.get(getattr(derivative, "__module__", ""))
    for name in getattr(derivative, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found


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
