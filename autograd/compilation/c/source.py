"""A program of nests as C: one function `long run(double *v)` that runs it on its buffer.

It returns -1, or the position of the first check that fails. What is left to compilers is to keep numbers in registers
and to choose instructions; loops.py writes loops so that they can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from ...expressions import Call, Constant, Symbol
from ...writers import definitions, entries, write
from ..nests.addresses import span
from ..nests.nest import Check, Loop, NestProgram
from ..recording.record import Bits
from .blocks import Block, Rounds, blocks, locations
from .formulas import ON_VECTORS
from .loops import can_be_assigned, lines, reads
from .places import Place
from .text import C, Used, address, base, head, indented
from .zeros import with_assigned_sums

if TYPE_CHECKING:
    from numpy import bool_
    from numpy.typing import NDArray

__all__ = ["source"]

MOST_LINES = 200  # of a function, about: the time to compile one grows faster than its length
MOST_CHECKS = 400
MOST_NAMES = 12  # in the comment at the top
MANY = 50  # assignments that need no loops
INDEPENDENT = """\
/* the rounds of the loop below need nothing of one another */
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#endif"""
STRAIGHT = """\
/* a function without loops, which takes compilers long */
#if defined(__clang__)
#define STRAIGHT static __attribute__((noinline))
#else
#define STRAIGHT static __attribute__((noinline, noipa, optimize("O1")))
#endif"""
# GCC 12 removes calls of functions that write to addresses which it computes from multiples of others: it takes them
# for functions without effects, unless it must not look into them (noipa).
PART = "static __attribute__((noinline, noipa))"
SAME = """\
/* whether two numbers are one: nan is itself, -0.0 is not 0.0 */
static int same(double a, double b) {
    return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}"""


def source(program: NestProgram, names: Mapping[int, str] | None = None) -> str:
    """Return a program as C.

    Outputs, slopes, inputs, leaves and constants are in the buffer at the end. Other numbers are there only if they
    have to be.

    Args:
        program: the program to write.
        names: names of numbers by their addresses, for comments.
    """
    if program.checks or not _is_apart(program):
        sequences = [blocks(program.forward), blocks(program.backward)]
    else:  # derivatives may be computed in the same loops
        sequences = [[], blocks([*program.forward, *program.backward])]
    is_seen = _is_seen(program)
    sequences[1], (start, end) = with_assigned_sums(sequences[1], program.zeros, is_seen, can_be_assigned)
    zeros = [f"memset(v + {start}, 0, {end - start} * sizeof(double));"] if end > start else []
    writer = _Writer(is_seen, sequences, names or {})
    forward = writer.calls(sequences[0])
    steps = [*forward, *_checks(program.checks, writer.functions), *zeros, *writer.calls(sequences[1])]
    run = ["long run(double *restrict v) {", *indented(steps), "    return -1;", "}"]
    functions = "\n\n".join([*writer.functions, "\n".join(run)])
    macros = [text for name, text in (("INDEPENDENT", INDEPENDENT), ("STRAIGHT", STRAIGHT)) if name in functions]
    return "\n\n".join([_legend(program, names or {}), *_head(program, writer.used), *macros, functions]) + "\n"


def _legend(program: NestProgram, names: Mapping[int, str]) -> str:
    """Return a comment that says where numbers are."""
    given = [f"{names[i]} is v[{i}]" for i in range(program.inputs + program.leaves) if i in names]
    lines = [
        ", ".join(given if len(given) <= MOST_NAMES else [*given[:2], "...", given[-1]]),
        f"results: {_listed(program.outputs)}",
        f"derivatives: {_listed(program.slopes)}" if program.slopes else "",
        "the function run returns -1, or the position of the first check that fails" if program.checks else "",
    ]
    return "/* " + "\n   ".join(line.replace("*/", "* /") for line in lines if line) + " */"


def _listed(numbers: Sequence[int | float]) -> str:
    """Return elements of the buffer, and constants, as text."""
    parts: list[str] = []
    at = 0
    while at < len(numbers):
        x, end = numbers[at], at + 1
        while isinstance(x, int) and end < len(numbers) and numbers[end] == x + end - at:
            end += 1
        last = f" to v[{x + end - at - 1}]" if end > at + 1 else ""
        parts.append(f"v[{x}]{last}" if isinstance(x, int) else str(x))
        at = end
    return ", ".join(parts if len(parts) <= MOST_NAMES else [*parts[:MOST_NAMES], "..."])


def _head(program: NestProgram, used: Used) -> Iterator[str]:
    """Yield what the functions refer to."""
    called: set[str] = set().union(*(entries(e, C) for e in used.expressions))
    defined = definitions(sorted(called), C)
    written = "\n".join([*defined.values(), *(write(e, C) for e in used.expressions)])
    includes = ["<math.h>", "<string.h>"]
    if "gamma_" in written:  # the numbers that these need are in kernels.h, which also defines the entries
        includes.append('"kernels.h"')
        defined = {}
    elif "ieee_" in written:
        includes.append('"ieee.h"')
    if used.products:
        includes.append('"products.h"')
    yield "\n".join(f"#include {name}" for name in includes)
    for since in sorted({ON_VECTORS[name] for name in used.functions}):
        names = sorted(name for name in used.functions if ON_VECTORS[name] == since)
        yield "\n".join(_on_vectors(names, since))
    for i, table in enumerate(used.tables):
        kind = "int" if int(abs(table).max(initial=0)) < 2**31 else "long long"
        yield f"static const {kind} table{i}[] = {{{', '.join(map(str, table.tolist()))}}};"
    if used.products:
        yield "static const double one = 1.0;"
    if any(check.guard.relation == "data" for check in program.checks):
        yield SAME
    yield from defined.values()


def _on_vectors(names: Iterable[str], since: int) -> Iterator[str]:
    """Yield declarations by which loops can call functions of the GNU C library on vectors."""
    yield "#if defined(__x86_64__) && defined(__GLIBC__) && !defined(__clang__)"
    yield f"#if __GLIBC_PREREQ(2, {since})"
    for name in names:
        parameters = "double, double" if name in ("pow", "atan2") else "double"
        yield f'__attribute__((simd("notinbranch"))) double {name}({parameters});'
    yield "#endif\n#endif"


def _is_apart(program: NestProgram) -> bool:
    """Whether the forward part leaves alone what is filled with zeros after it."""
    start, end = program.zeros
    for item in program.forward:
        nests, times = (item.body, item.times) if isinstance(item, Loop) else ((item,), 1)
        for nest in nests:
            for stream in (nest.target, *nest.streams):
                low, high = span(stream, nest.dims)
                move = stream.step * (times - 1)
                if low + min(move, 0) < end and start <= high + max(move, 0):
                    return False
    return True


def _is_seen(program: NestProgram) -> NDArray[bool_]:
    """Return for each address whether its number is looked at from outside."""
    from numpy import zeros

    found = zeros(program.size, bool)
    found[: program.inputs + program.leaves] = True
    compared = (x for check in program.checks for x in (check.left, check.right))
    for x in (*program.outputs, *program.slopes, *program.constants, *compared):
        if isinstance(x, int):
            found[x] = True
    return found


# --- functions of a size that compilers like ---


class _Writer:
    """Writes blocks of nests as functions."""

    def __init__(
        self, is_seen: NDArray[bool_], sequences: Iterable[Iterable[Block | Rounds]], names: Mapping[int, str]
    ) -> None:
        self.used, self.functions, self.names = Used(), list[str](), names
        self._is_read = is_seen.copy()
        for item in (item for sequence in sequences for item in sequence):
            for block in item.blocks if isinstance(item, Rounds) else (item,):
                for place in reads(block):
                    self._is_read[locations(place, block.dims, block.times)] = True

    def calls(self, items: Sequence[Block | Rounds]) -> list[str]:
        """Add functions that do the items; return the calls of them."""
        calls: list[str] = []
        at = 0
        while at < len(items):
            start, length = at, 0
            parts: list[list[str]] = []
            while at < len(items) and length < MOST_LINES:
                item = items[at]
                parts.append(self._rounds(item) if isinstance(item, Rounds) else self._block(item))
                length += len(parts[-1])
                at += 1
            is_straight = at == start + 1 and _length_of_straight(items[start]) > MANY
            kind = "STRAIGHT" if is_straight else PART
            name = f"part{len(self.functions)}"
            self.functions.append("\n".join([f"{kind} void {name}(double *restrict v) {{", *_body(parts), "}"]))
            calls.append(f"{name}(v);")
        return calls

    def _block(self, block: Block) -> list[str]:
        def is_needed(place: Place) -> bool:
            return bool(self._is_read[locations(place, block.dims, block.times)].any())

        return lines(block, self.used, is_needed, self.names)

    def _rounds(self, rounds: Rounds) -> list[str]:
        places = [p for block in rounds.blocks for each in block.spaces for p in (each.target, *each.places)]
        moves = sorted({place.move for place in places if place.move})
        pointers = [f"    double *const {base(move)} = v {'-' if move < 0 else '+'} {abs(move)} * t;" for move in moves]
        return [head("t", rounds.times) + " {", *pointers, *_body([self._block(block) for block in rounds.blocks]), "}"]


def _body(parts: Sequence[list[str]]) -> list[str]:
    """Return parts one after another, each with variables of its own."""
    found: list[str] = []
    for part in parts:
        has_variables = any(line.startswith("const double") for line in part)
        found += ["{", *indented(part), "}"] if has_variables and len(parts) > 1 else part
    return indented(found)


def _length_of_straight(item: Block | Rounds) -> int:
    return len(item.spaces) if isinstance(item, Block) and not item.dims else 0


# --- checks ---


def _checks(checks: Sequence[Check], functions: list[str]) -> list[str]:
    """Add functions that return the position of a check that fails, or -1; return the calls of them."""
    steps = []
    for at in range(0, len(checks), MOST_CHECKS):
        name = f"check{at // MOST_CHECKS}"
        lines = [f"    if ({_fails(c)}) return {at + i};" for i, c in enumerate(checks[at : at + MOST_CHECKS])]
        functions.append("\n".join([f"static long {name}(const double *v) {{", *lines, "    return -1;", "}"]))
        steps += [f"const long failed{name[5:]} = {name}(v);", f"if (failed{name[5:]} >= 0) return failed{name[5:]};"]
    return steps


def _fails(check: Check) -> str:
    """Return the condition for a check to fail."""
    left, right = (
        Symbol(address(Place(x), (), Used())) if isinstance(x, int) else Constant(x) for x in (check.left, check.right)
    )
    if isinstance(check.outcome, Bits):
        return f"!same({write(left, C)}, {write(Constant(check.outcome.number), C)})"
    condition = write(Call(check.guard.relation, (left, right)), C)
    return f"!({condition})" if check.outcome else condition
