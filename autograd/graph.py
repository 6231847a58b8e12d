"""The chain rule: put a graph in order, then walk it backwards once.

    dL/dparent  +=  dL/dnode x dnode/dparent        for every edge from a node to a parent

A node's own dL/dnode is complete once every node that uses it has been visited, as the reverse of a topological
order guarantees. All functions use a list as their stack, so depth costs memory and never recursion.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from functools import reduce
from itertools import chain, filterfalse, islice
from operator import add
from typing import TYPE_CHECKING, Any, cast

from .core import compiled
from .modes import recorder
from .operation import BLOCKED, Traced, number
from .text import given

if TYPE_CHECKING:
    from .operation import Primitive
    from .value import Value

__all__ = ["descendants", "forward_sweep", "local_derivatives", "reverse_sweep", "topological_order"]


def topological_order(*outputs: Value, inputs: Iterable[Value] = ()) -> list[Value]:
    """Return every node that `outputs` were computed from, each node after all of its parents.

    The order is that of reading: the left operand and everything below it come before the right one. Drawings,
    explanations and names have this order too.

    Args:
        outputs: the nodes to start from.
        inputs: the nodes to stop at; they come first, and nothing below them is visited.

    >>> from autograd import Value
    >>> x = Value(2.0, "x")
    >>> [node.data for node in topological_order(x * x + x)]
    [2.0, 4.0, 6.0]
    """
    return list(in_order(outputs, inputs))


def in_order(outputs: Iterable[Value], inputs: Iterable[Value]) -> dict[Value, float]:
    """Return the nodes in topological order, each with 0.0, the start of a sweep."""
    if compiled is not None:
        return cast("dict[Value, float]", compiled.ordered(list(outputs), list(inputs)))
    outputs, inputs = list(outputs), list(inputs)
    for node in chain(outputs, inputs):
        if not isinstance(node, Traced):
            raise TypeError(f"a graph is made of Values, but got {given(node)}: give a Value")
    finished: dict[Value, float] = dict.fromkeys(inputs, 0.0)
    entered = set(finished)
    stack = outputs[::-1]
    enter, push, pop = entered.add, stack.append, stack.pop
    while stack:
        node = pop()
        if node in entered:  # met again, after everything below it
            finished[node] = 0.0
            continue
        while node not in entered:  # down the left operands; the right ones wait
            enter(node)
            push(node)
            d_left = node._d_left
            if d_left.__class__ is tuple:  # more than two operands
                stack.extend(filterfalse(entered.__contains__, reversed(node._left)))
                break
            if node._d_right is not None and node._right not in entered:
                push(node._right)
            if d_left is None:
                break
            node = node._left
    return finished


def reverse_sweep(
    outputs: Value | Mapping[Value, Any],
    inputs: Iterable[Value] = (),
    *,
    create_graph: bool = False,
    order: Iterable[Value] | None = None,
) -> dict[Value, Any]:
    """Return d(output)/d(node) for every node below `outputs`, them included; changes no node.

    Args:
        outputs: a Value, or a mapping of Values to their incoming gradients.
        inputs: the nodes to stop at, see `topological_order`. With `create_graph`, only their descendants are visited.
        create_graph: give the gradients as Values that can be differentiated again.
        order: `topological_order(*outputs, inputs=inputs)`, if it is known already.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> reverse_sweep(x * x)[x]
    6.0
    """
    seeds: Mapping[Value, Any] = _seeds(outputs, "gradient") if isinstance(outputs, Mapping) else {outputs: 1.0}
    ends = dict.fromkeys(inputs)  # each once, however often it was given
    if compiled is not None and not create_graph:
        known = None if order is None else list(order)
        found = compiled.swept(list(seeds), list(seeds.values()), list(ends), known)
        if found is not None:  # neither hooks nor gradients that are Values
            return cast("dict[Value, Any]", found)
        order = known
    adjoint: dict[Value, Any] = in_order(seeds, ends) if order is None else dict.fromkeys(chain(ends, order), 0.0)
    adjoint.update(seeds)
    inner = len(adjoint) - len(ends)
    if create_graph:
        wanted, shared, edges_of = descendants(adjoint, ends) if ends else set(adjoint), _Shared(), _rules()
        for node in islice(reversed(adjoint), inner):
            if node in wanted:
                gradient = adjoint[node]
                if node.notes is not None and node.notes.hooks:
                    gradient = adjoint[node] = node.notes.hooked(gradient)
                for parent, partial in edges_of(node, wanted, shared):
                    adjoint[parent] = _plus(adjoint[parent], _times(gradient, partial))
    else:
        for node in islice(reversed(adjoint), inner):
            gradient = adjoint[node]
            if node.notes is not None and node.notes.hooks:
                gradient = adjoint[node] = node.notes.hooked(gradient)
            d_left, d_right = node._d_left, node._d_right
            if d_left.__class__ is tuple:  # more than two operands
                for parent, partial in zip(node._left, d_left):
                    adjoint[parent] += gradient * partial
            else:
                if d_left is not None:
                    adjoint[node._left] += gradient * d_left
                if d_right is not None:
                    adjoint[node._right] += gradient * d_right
    for node in ends:
        if node.notes is not None and node.notes.hooks:
            adjoint[node] = node.notes.hooked(adjoint[node])
    return adjoint


def _seeds(seeds: Mapping[Value, Any], what: str) -> dict[Value, Any]:
    """Return the seeds of a sweep, each a plain float or a Value: NumPy scalars would warn of inf and nan.

    Raises:
        TypeError: a key is not a Value, or its gradient or tangent is not a number.
    """
    for node in seeds:
        if not isinstance(node, Traced):
            raise TypeError(
                f"a sweep starts from Values, but got {given(node)}: give a dict of Values and their {what}s"
            )
    return {
        node: x if x.__class__ is float or isinstance(x, Traced) else number(x, f"a {what}")
        for node, x in seeds.items()
    }


def forward_sweep(
    order: Iterable[Value], tangents: Mapping[Value, Any], *, create_graph: bool = False
) -> dict[Value, Any]:
    """Return the change of every node of a topological order if the keys of `tangents` change by its values.

    The same chain rule in the direction of the computation: dnode is the sum of dnode/dparent x dparent. A node that
    does not change is not among the keys of the result.

    >>> from autograd import Value
    >>> x = Value(3.0)
    >>> y = x * x
    >>> forward_sweep(topological_order(y), {x: 10.0})[y]
    60.0
    """
    change, shared, edges_of = _seeds(tangents, "tangent"), _Shared(), _rules()
    for node in order:
        if node in tangents:
            continue
        edges = edges_of(node, change, shared) if create_graph else zip(node.parents, _slopes(node), strict=True)
        terms = [_times(change[parent], partial) for parent, partial in edges if parent in change]
        if terms:
            change[node] = reduce(add, terms)  # from left to right; sum() would compensate on some Pythons
    return change


def descendants(order: Iterable[Value], sources: Iterable[Value]) -> set[Value]:
    """Return `sources` and every node of a topological order that was computed from one of them."""
    found = set(sources)
    for node in order:
        if not found.isdisjoint(node.parents):
            found.add(node)
    return found


def local_derivatives(node: Value, wanted: Container[Any], shared: _Shared | None = None) -> list[tuple[Value, Any]]:
    """Return (parent, dnode/dparent) for every wanted parent, the derivatives as Values: the table's rules, recorded.

    A parent that was not taken, as the other side of `where`, is left out. With the same `shared` for all nodes of a
    sweep, common parts of several of them, such as the weights of softmax, are computed once.

    Raises:
        RuntimeError: the data of a leaf was changed since the node was computed, so its rules would give others.
    """
    if compiled is not None and (known := compiled.local_derivatives(node, wanted)) is not None:
        return cast("list[tuple[Value, Any]]", known)
    op, operands, recorded = node.op, node.operands, _slopes(node)
    if op is None:
        return []
    common, numbers_common = (shared or _Shared()).of(op, operands)
    at: Iterable[int] = range(len(operands))
    if len(recorded) < len(operands):  # some are constants
        at = [i for i in at if not isinstance(operands[i], (float, int))]
    edges = [(i, slope) for i, slope in zip(at, recorded, strict=True) if operands[i] in wanted]
    if op.constant is not None and op.again is op.rules:
        derivatives: list[Any] = [op.constant[i] for i, _ in edges]
    else:
        try:
            derivatives = _run_rules(op, node, operands, edges, common)
        except ArithmeticError:  # floats raise although IEEE-754 has a result; Values do not
            values = [type(node)(x) if isinstance(x, (float, int)) else x for x in operands]
            derivatives = _run_rules(op, node, values, edges, {})
        for (_, slope), derivative in zip(edges, derivatives, strict=True):
            _refuse_change(op, slope, getattr(derivative, "_data", derivative))
    for parent in node.parents:
        if parent.op is None:
            _refuse_change(op, node._data, op.value(*_numbers(operands), **numbers_common))
            break
    found = zip(edges, derivatives, strict=True)
    return [(cast("Value", operands[i]), derivative) for (i, _), derivative in found if derivative is not BLOCKED]


def _rules() -> Callable[..., list[tuple[Value, Any]]]:
    """Return what gives local derivatives here: a recorder writes others down than those of eager runs."""
    by = recorder()
    return local_derivatives if by is None else by.local_derivatives


def _slopes(node: Value) -> tuple[float, ...]:
    """Return `node.partials`, which the caller does not look at itself."""
    left, right = node._d_left, node._d_right
    return left if left.__class__ is tuple else tuple([d for d in (left, right) if d is not None])


class _Shared:
    """What operations on the same operands have in common, by the identity of these, for one sweep."""

    def __init__(self) -> None:
        self.found: dict[tuple[int, ...], tuple[dict[str, Any], dict[str, Any]]] = {}

    def of(self, op: Primitive, operands: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return it as a keyword argument for the partials, and, of the numbers alone, for the value."""
        if op.shared is None:
            return {}, {}
        key = tuple(map(id, operands[1:]))
        if key not in self.found:  # which keeps the operands alive, so that no other ones get their identity
            of_numbers = op.shared(*_numbers(operands[1:]))
            self.found[key] = {"shared": op.shared(*operands[1:])}, {"shared": of_numbers}
        return self.found[key]


def _numbers(operands: Sequence[Any]) -> list[float]:
    return [x if isinstance(x, (float, int)) else x._data for x in operands]


def _run_rules(
    op: Primitive, y: Value, operands: Sequence[Any], edges: Sequence[tuple[int, float]], shared: Mapping[str, Any]
) -> list[Any]:
    """The derivatives by the operands at the places that the edges name."""
    if op.variadic:
        every = op.all_partials(y, *operands, **shared)
        return [every[i] for i, _ in edges]
    return [op.again[i](y, *operands) for i, _ in edges]


def _refuse_change(op: Primitive, recorded: float, found: float) -> None:
    if recorded != found and (recorded == recorded or found == found):
        raise RuntimeError(
            f"a leaf below {op.name!r} has got new data since this was computed, so a derivative that can be "
            "differentiated again would be wrong: compute again after changing .data, or use backward() without "
            "create_graph, which has the derivatives of the recorded point"
        )


def _times(gradient: Any, partial: Any) -> Any:
    """gradient * partial, without a node for a factor of 1."""
    if partial.__class__ is float and partial == 1.0:
        return gradient
    if gradient.__class__ is float and gradient == 1.0:
        return +partial
    return gradient * partial


def _plus(total: Any, term: Any) -> Any:
    """total + term, without a node for a total that has not begun."""
    return term if total.__class__ is float and total == 0.0 else total + term
