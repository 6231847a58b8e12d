"""Blocks of nests as C: the order of loops, sums in registers, products of matrices, functions of vectors.

Where addresses prove that the rounds of a nest may run in any order, its loops are ordered so that the innermost one
walks through memory, and compilers are told that it may run on vectors.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from ...expressions import Call, Expression, Symbol
from ...writers import statements
from .blocks import Block, may_meet
from .formulas import for_vectors, work
from .places import Place, Space
from .products import products
from .text import LETTERS, C, Used, address, head, indented, nested

__all__ = ["can_be_assigned", "lines", "reads"]

WIDTH = 8  # of the vectors that loops are ordered for
OLD = Symbol("old")

Key = tuple[int, tuple[int, ...], int] | None  # of places that are one in each round; None of one with a table


def lines(block: Block, used: Used, is_needed: Callable[[Place], bool], names: Mapping[int, str]) -> list[str]:
    """Return a block as lines of C.

    Args:
        block: the block to write.
        used: gets what the lines refer to.
        is_needed: whether a result is read from memory.
        names: names of numbers by their addresses, for comments.
    """
    first = block.spaces[0]
    if not block.dims:
        return list(_assignments(block, block.spaces, "", used, is_needed, names, {}))
    if len(block.spaces) > 1:
        return _together(block, used, is_needed, names)
    return [*_comment(first, names), *(products(first, used) or _alone(first, used))]


def reads(block: Block) -> Iterator[Place]:
    """Yield the places that a block reads from memory."""
    known: dict[Key, str] = {}
    for each in block.spaces:
        yield from (place for place in each.places if _key(place) not in known)
        if each.mode != "=" and _key(each.target) not in known:
            yield each.target
        if not block.dims or len(block.spaces) > 1:
            _define(known, each, "known", block.times)


def can_be_assigned(block: Block, each: Space) -> bool:
    """Whether the sums of a nest with mode "+=" are complete before they are added to the target."""
    if len(block.spaces) > 1 or not block.dims:
        return each.is_sum
    if products(each, Used()):
        return bool(products(each._replace(is_assigned=True), Used()))
    return each.is_free and not each.target.varies(_order([each])[-1])


# --- several nests in one loop ---


def _key(place: Place) -> Key:
    return place[:3] if place.table is None else None


def _define(known: dict[Key, str], each: Space, name: str, times: int) -> None:
    """Note the variable for a target; forget those of places that may be the same."""
    key = _key(each.target)
    for other in list(known) if times > 1 else ():  # else a place is another if its address is
        if (
            other is not None
            and other[2] != each.target.move
            and may_meet(Place(*other), each.dims, each.target, each.dims, times)
        ):
            del known[other]
    if key is not None and not each.is_sum:
        known[key] = name


def _assignments(
    block: Block, spaces: Sequence[Space], letters: str, used: Used, is_needed: Callable[[Place], bool],
    names: Mapping[int, str], constants: Mapping[Key, str],
) -> Iterator[str]:  # fmt: skip
    """Yield what is done in a round, with variables for what is needed again in the same round."""
    known: dict[Key, str] = {}
    variables: dict[Expression, str] = {}
    taken: dict[int, int] = {}
    sums = 0
    for each, (is_read, is_stored) in zip(spaces, _fates(spaces, block.times, is_needed), strict=True):
        key = _key(each.target)
        if not (is_read or is_stored or each.is_sum):
            continue
        yield from _comment(each, names)

        def text(place: Place) -> str:
            return known.get(_key(place)) or constants.get(_key(place)) or address(place, letters, used)

        parts: dict[Expression, str] = {Symbol(f"s{k}"): text(place) for k, place in enumerate(each.places)}
        parts[OLD] = text(each.target)
        result = each.expression if each.is_sum else _formula(each)
        before, written = _written(result, {**variables, **parts}, bool(letters), used)
        variables |= {Symbol(f"t{n}"): f"t{n}" for n in range(len(variables), len(variables) + len(before))}
        if each.is_sum:
            yield from (*before, f"total{sums} += {written};")
            sums += 1
        elif is_read:
            taken[each.target.base] = taken.get(each.target.base, 0) + 1
            name = f"x{each.target.base}" + f"_{taken[each.target.base]}" * (taken[each.target.base] > 1)
            yield from (*before, f"const double {name} = {written};")
            if is_stored:
                yield f"{address(each.target, letters, used)} = {name};"
            _define(known, each, name, block.times)
        else:
            yield from (*before, f"{address(each.target, letters, used)} = {written};")
            _define(known, each, "", block.times)
            known.pop(key, None)


def _fates(spaces: Sequence[Space], times: int, is_needed: Callable[[Place], bool]) -> list[tuple[bool, bool]]:
    """Return for each nest whether its result is read in the same round, and whether it is to be stored."""
    found = []
    read: set[Key] = set()
    replaced: set[Key] = set()  # what is stored later, before another place that may be the same is read
    for each in reversed(spaces):
        key = _key(each.target)
        is_read = key is not None and key in read
        is_stored = key not in replaced and is_needed(each.target)
        found.append((is_read, is_stored))
        if not (is_read or is_stored or each.is_sum):
            continue
        if key is not None and not each.is_sum:
            replaced.add(key)
            read.discard(key)
            if each.mode != "=":
                read.add(key)
        read.update(map(_key, each.places))
        for place in (each.target, *each.places):
            if place.table is not None:
                replaced.clear()
            elif times > 1:
                replaced = {k for k in replaced if k is not None and k[2] == place.move}
    return found[::-1]


def _formula(each: Space) -> Expression:
    """Return what the target becomes."""
    e = each.expression
    if each.mode == "=":
        return e
    if each.mode == "+=":
        return Call("add", (OLD, e))
    is_new = Call("or", (Call("gt" if each.mode == "max=" else "lt", (e, OLD)), Call("ne", (e, e))))
    return Call("select", (is_new, e, OLD))


def _together(block: Block, used: Used, is_needed: Callable[[Place], bool], names: Mapping[int, str]) -> list[str]:
    """Return several nests as one loop."""
    order = _order(block.spaces)
    spaces = [each.reordered(order) for each in block.spaces]
    letters = LETTERS[: len(order)]
    heads = [head(letter, n) for letter, n in zip(letters, spaces[0].dims, strict=True)]
    sums = [each for each in spaces if each.is_sum]
    totals = [f"total{i}" for i in range(len(sums))]
    pragma = f"#pragma omp simd reduction(+ : {', '.join(totals)})" if sums else "INDEPENDENT"
    inside = range(len(order)) if sums else range(len(order) - 1, len(order))
    constants, first = _constants(spaces, inside, letters, used)
    body = list(_assignments(block, spaces, letters, used, is_needed, names, constants))
    found = nested(heads[inside.start :], body, pragma) if body else []  # nothing of it may be needed
    if not sums:
        return _scoped(heads[: inside.start], [*first, *found], bool(first)) if found else []
    before = [f"double {total} = 0.0;" for total in totals]
    after = []
    for each, total in zip(sums, totals, strict=True):
        after.append(f"{address(each.target, letters, used)} {'' if each.is_assigned else '+'}= {total};")
    return ["{", *indented([*before, *first, *found, *after]), "}"]


def _constants(
    spaces: Sequence[Space], inside: Sequence[int], letters: str, used: Used
) -> tuple[dict[Key, str], list[str]]:
    """Return variables for what stays the same in the innermost loops, and the lines that define them.

    Compilers cannot know that, as the loops also write to the buffer; gcc would not run some of them on vectors.
    """
    targets = {_key(each.target) for each in spaces}
    found: dict[Key, str] = {}
    lines = []
    for each in spaces:
        for place in each.places:
            key = _key(place)
            if not (key is None or key in targets or key in found or any(map(place.varies, inside))):
                found[key] = f"c{len(found)}"
                lines.append(f"const double {found[key]} = {address(place, letters, used)};")
    return found, lines


# --- one nest ---


def _order(spaces: Sequence[Space]) -> list[int]:
    """Return the order of loops that is best for nests with the same dimensions."""
    order = list(range(len(spaces[0].dims)))
    inner = min(order, key=lambda d: sum(_cost(each, d) for each in spaces))
    order.remove(inner)
    return [*order, inner]


def _cost(space: Space, d: int) -> float:
    """Return roughly what an element costs if the loop over dimension d is the innermost one."""
    n = space.dims[d]
    cost = 4.0 / n + work(space.expression) * -(-n // WIDTH) / n
    for k, place in enumerate((space.target, *space.places)):
        if place.varies(d):
            is_row = not place.is_irregular(d) and abs(place.strides[d]) == 1
            cost += (1.0 / WIDTH if is_row else 1.0 if place.is_irregular(d) else 0.8) * (1 if k else 2)
    if not space.target.varies(d):
        cost += 8.0 / n if space.mode == "+=" else 4.0
    return cost


def _alone(space: Space, used: Used) -> list[str]:
    """Return a nest as loops."""
    if space.is_free:
        space = space.reordered(_order([space]))
    letters = LETTERS[: len(space.dims)]
    heads = [head(letter, n) for letter, n in zip(letters, space.dims, strict=True)]
    target = address(space.target, letters, used)
    varies = [space.target.varies(d) for d in range(len(space.dims))]
    is_simple = not space.is_free or space.mode == "=" or varies[-1]
    inside = [len(heads) - 1] if is_simple else [d for d, is_outside in enumerate(varies) if not is_outside]
    constants, first = _constants([space] if space.is_free else [], inside, letters, used)
    parts: dict[Expression, str] = {
        Symbol(f"s{k}"): constants.get(_key(place)) or address(place, letters, used)
        for k, place in enumerate(space.places)
    }
    before, result = _written(space.expression, parts, True, used)
    outer, inner = [heads[d] for d in range(len(heads)) if d not in inside], [heads[d] for d in inside]
    if is_simple:
        body = [*before, *_stored(space.mode, target, result)]
        is_independent = space.is_injective or (varies[-1] and not space.target.is_irregular(len(varies) - 1))
        pragma = "INDEPENDENT" if space.is_free and is_independent else ""
        return _scoped(outer, [*first, *nested(inner, body, pragma)], bool(first))
    is_sum = space.mode == "+="
    pragma = "#pragma omp simd reduction(+ : total)" if is_sum else ""
    body = [
        *first,
        f"double total = {'0.0' if is_sum else target};",
        *nested(inner, [*before, *_stored(space.mode, "total", result)], pragma),
        f"{target} {'+' if is_sum and not space.is_assigned else ''}= total;",
    ]
    return _scoped(outer, body, True)


def _scoped(heads: Sequence[str], body: Sequence[str], has_variables: bool) -> list[str]:
    """Return loops around a body, in braces if it defines variables and there are no loops."""
    if heads or not has_variables:
        return nested(heads, body, "")
    return ["{", *indented(body), "}"]


def _stored(mode: str, target: str, result: str) -> list[str]:
    if mode in ("=", "+="):
        return [f"{target} {mode} {result};"]
    sign = ">" if mode == "max=" else "<"
    return [f"const double x = {result};", f"{target} = x {sign} {target} || x != x ? x : {target};"]


# --- formulas ---


def _written(
    e: Expression, names: Mapping[Expression, str], is_loop: bool, used: Used
) -> tuple[list[str], str]:  # fmt: skip
    """Return assignments and the result of an expression, in loops without branches if that is possible."""
    expression, functions = for_vectors(e) if is_loop else (e, None)
    if functions is None:
        used.expressions.append(e)
    else:
        used.functions |= functions
    before, (result,) = statements([expression], C, names, everywhere=functions is not None)
    return before, result


def _comment(each: Space, names: Mapping[int, str]) -> list[str]:
    place = each.target
    if place.table is not None or place.base not in names:
        return []
    return [f"// {names[place.base]}".replace("\n", " ").rstrip("\\")]
