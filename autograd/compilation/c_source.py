"""A program of nests as C: one function `long run(double *v)` that runs it on its buffer.

It returns -1, or the position of the first check that fails. What is left to compilers is to keep numbers in registers
and to choose instructions; c_loops.py writes loops so that they can.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from ..expressions import Call, Constant, Symbol
from ..writers import definitions, entries, write
from .c_formulas import ON_VECTORS
from .c_loops import loops
from .c_places import Place
from .c_text import C, Used, address, base
from .nest import Check, Item, Nest, NestProgram
from .record import Bits

__all__ = ["source"]

MOST_STATEMENTS, MOST_LOOPS = 400, 40  # in one function of C: the time to compile one grows faster than its length
HEAD = """\
#if defined(__clang__)
#define INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#define STRAIGHT __attribute__((noinline))
#else
#define INDEPENDENT _Pragma("GCC ivdep")
#define STRAIGHT __attribute__((noinline, optimize("O1")))
#endif"""
SAME = """\
/* whether two numbers are one: nan is itself, -0.0 is not 0.0 */
static int same(double a, double b) {
    return a != a ? b != b : a == b && !signbit(a) == !signbit(b);
}"""


def source(program: NestProgram, names: Mapping[int, str] | None = None) -> str:
    """Return a program as C.

    Args:
        program: the program to write.
        names: names of numbers by their addresses, for comments.
    """
    used = Used()
    functions: list[str] = []
    steps = [*_parts("forward", program.forward, names or {}, used, functions)]
    steps += _checks(program.checks, functions)
    if program.backward:
        start, end = program.zeros
        if end > start:
            steps.append(f"memset(v + {start}, 0, {end - start} * sizeof(double));")
        steps += _parts("backward", program.backward, names or {}, used, functions)
    run = ["long run(double *restrict v) {", *[f"    {step}" for step in steps], "    return -1;", "}"]
    return "\n\n".join([*_head(program, used), *functions, "\n".join(run)]) + "\n"


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
    yield HEAD
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
    yield f"#if defined(__x86_64__) && defined(__GLIBC__) && __GLIBC_PREREQ(2, {since}) && !defined(__clang__)"
    for name in names:
        parameters = "double, double" if name in ("pow", "atan2") else "double"
        yield f'__attribute__((simd("notinbranch"))) double {name}({parameters});'
    yield "#endif"


# --- functions of a size that compilers like ---


def _parts(name: str, items: Sequence[Item], names: Mapping[int, str], used: Used, functions: list[str]) -> list[str]:
    """Add functions that do the items; return the calls of them."""
    calls: list[str] = []
    at = 0
    while at < len(items):
        is_straight = _is_straight(items[at])
        lines: list[str] = []
        most = MOST_STATEMENTS if is_straight else MOST_LOOPS
        end = at
        while end < len(items) and end - at < most and (is_straight <= _is_straight(items[end]) or end - at < 8):
            lines += _commented(items[end], names, used)
            end += 1
        kind = "STRAIGHT" if is_straight and end - at > 50 else "__attribute__((noinline))"
        text = [
            f"static {kind} void {name}{len(calls)}(double *restrict v) {{",
            *[f"    {line}" for line in lines],
            "}",
        ]
        functions.append("\n".join(text))
        calls.append(f"{name}{len(calls)}(v);")
        at = end
    return calls


def _is_straight(item: Item) -> bool:
    return isinstance(item, Nest) and not item.dims


def _commented(item: Item, names: Mapping[int, str], used: Used) -> list[str]:
    if isinstance(item, Nest):
        return [*_comment(item, names), *loops(item, 1, used)]
    steps = sorted({s.step for nest in item.body for s in (nest.target, *nest.streams) if s.step})
    lines = [f"double *const {base(step)} = v {'-' if step < 0 else '+'} {abs(step)} * t;" for step in steps]
    for nest in item.body:
        lines += [*_comment(nest, names), *loops(nest, item.times, used)]
    return [f"for (long t = 0; t < {item.times}; t++) {{", *[f"    {line}" for line in lines], "}"]


def _comment(nest: Nest, names: Mapping[int, str]) -> list[str]:
    if nest.target.table is not None or nest.target.base not in names:
        return []
    return [f"// {names[nest.target.base]}".replace("\n", " ").rstrip("\\")]


# --- checks ---


def _checks(checks: Sequence[Check], functions: list[str]) -> list[str]:
    """Add functions that return the position of a check that fails, or -1; return the calls of them."""
    steps = []
    for at in range(0, len(checks), MOST_STATEMENTS):
        name = f"check{at // MOST_STATEMENTS}"
        lines = [f"    if ({_fails(c)}) return {at + i};" for i, c in enumerate(checks[at : at + MOST_STATEMENTS])]
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
