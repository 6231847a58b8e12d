"""One call of a function on Values in the places of its arguments, and the derivatives of its result.

A derivative is a float, or a Value if somebody outside may differentiate it again: an argument was a Value, or the
function uses variables of a `grad` around it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple

from .core import compiled
from .graph import descendants, in_order, reverse_sweep
from .modes import is_plain, is_recording, recorder, recording, show_gradients
from .primitives import primitive
from .structure import Derivatives, Structure, flatten, number_fields, remade
from .value import Value

__all__ = ["Evaluation", "for_outside", "recorded"]

INPUT = primitive("input", lambda x: x, [1.0], "=")  # makes the Value that replaces an argument while f runs
ARGUMENT = primitive("argument", lambda x: x, [1.0], "=")  # its form afterwards, if the argument was a Value
if compiled is not None:
    compiled.identity(INPUT)
    compiled.identity(ARGUMENT)


class Evaluation(NamedTuple):
    """One call of a function, on Values in the places of its arguments."""

    result: Any
    inputs: list[Value]
    build: Callable[[Iterable[Any]], Any]  # puts a derivative for each input into the structure of the arguments
    is_linked: bool  # whether an argument was a Value, which somebody outside may differentiate by

    @staticmethod
    def of(f: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any], argnums: Any) -> Evaluation:
        positions = (argnums,) if isinstance(argnums, int) else argnums
        hint = f"; give {', '.join(kwargs)} by position" if kwargs else ""
        for i in positions:
            if not -len(args) <= i < len(args):
                raise ValueError(f"argnums asks for argument {i}, but f was called with {len(args)} by position{hint}")
        if len(positions) > 1 and len({i % len(args) for i in positions}) < len(positions):
            raise ValueError(f"argnums names an argument twice: {argnums!r} of {len(args)} by position{hint}")
        called, inputs, structures = list(args), list[Value](), list[Structure]()
        with recorded():
            for i in positions:
                numbers, structure = flatten(args[i], f"argument {i}")
                made = [_stand_in(x) for x in numbers]
                called[i] = structure.unflatten(made)
                inputs += made
                structures.append(structure)
            try:
                result = f(*called, **kwargs)
            finally:
                for node in inputs:
                    node.op = ARGUMENT if node.operands else None

        def build(derivatives: Iterable[Any]) -> Any:
            rest = Derivatives(derivatives)
            if isinstance(argnums, int):
                return structures[0].build(rest)
            return tuple(structure.build(rest) for structure in structures)

        return Evaluation(result, inputs, build, ARGUMENT in [node.op for node in inputs])

    def order(self, outputs: Iterable[Any]) -> tuple[Collection[Value], Collection[Value]]:
        """The graph above the inputs, and the part of it that may depend on variables outside."""
        order = in_order([v for v in outputs if isinstance(v, Value)], self.inputs)
        if self.is_linked:
            return order, order
        variables = [node for node in order if node.op is INPUT]
        return order, descendants(order, variables) if variables else ()

    def pull_back(self, outputs: Sequence[Any], weights: Sequence[Any]) -> tuple[Any, Collection[Value]]:
        """The weights of the outputs times their derivatives, in the structure of the arguments; and the live part."""
        seeds: dict[Value, Any] = {}
        for output, weight in zip(outputs, weights, strict=True):
            if isinstance(output, Value):
                seeds[output] = seeds[output] + weight if output in seeds else weight
        order, live = self.order(seeds)
        again = self.is_shared(order, live) or any(isinstance(weight, Value) for weight in weights)
        with recorded():
            adjoint = reverse_sweep(seeds, self.inputs, create_graph=again, order=order)
            show_gradients(adjoint)
        if not again:
            self.freeze(order)
        return self.build(for_outside(adjoint[node], again) for node in self.inputs), live

    def freeze(self, order: Iterable[Value]) -> None:
        """Tell a recorder that derivatives in plain numbers were computed from these nodes."""
        by = recorder()
        if by is not None:
            for node in order:
                if not node.operands:
                    by.looked("data", node, None, node._data)

    def is_shared(self, order: Collection[Value], live: Collection[Value]) -> bool:
        """Whether somebody outside may differentiate the derivatives by the inputs again."""
        return self.is_linked or bool(live) and not descendants(order, self.inputs).isdisjoint(live)

    def outside(self, output: Any) -> Any:
        """A result as the caller sees it."""
        return for_outside(output, isinstance(output, Value) and output in self.order([output])[1])

    def beside(self, aux: Any) -> Any:
        """The auxiliary result of f: its Values as the caller sees them, anything else unchanged."""
        if isinstance(aux, dict):
            return {key: self.beside(item) for key, item in aux.items()}
        if type(aux) in (list, tuple):
            return type(aux)(map(self.beside, aux))
        if getattr(getattr(aux, "dtype", None), "kind", "") == "O":
            numbers, structure = flatten(aux, "aux")
            return structure.unflatten(map(self.outside, numbers))
        if (names := number_fields(aux)) is not None:
            return remade(aux, {name: self.beside(getattr(aux, name)) for name in names})
        return self.outside(aux)


def recorded() -> AbstractContextManager[None]:
    """A context in which results are recorded."""
    return nullcontext() if is_plain() is True else recording()  # True: no context says otherwise


def _stand_in(argument: Any) -> Value:
    if isinstance(argument, Value):
        linked: Value = INPUT(argument)
        return linked
    root = Value(argument)
    root.op = INPUT
    if (by := recorder()) is not None:
        by.forward(INPUT, (root._data,), root)  # a constant to whoever is outside
    return root


def for_outside(x: Any, traced: bool) -> Any:
    """A result as the caller sees it: a Value if it can be differentiated again, else a float."""
    if not isinstance(x, Value):
        return x
    if not traced:
        return x._data
    return x if is_recording() else x.detach()
