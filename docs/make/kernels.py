"""The values and partial derivatives of the table of primitives in C, for the compiled core.

tests/test_kernels.py checks that the file is up to date, so that calculus is changed in the table alone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Container
from pathlib import Path

import autograd
from autograd import gamma, rules
from autograd.expressions import Call, Constant, Expression
from autograd.primitives import TABLE, Primitive
from autograd.rules import Untraceable
from autograd.writers import C, definitions, entries, function, write

__all__ = ["FILE", "N_ARY", "N_ARY_PARTIALS", "kernels", "make", "may_choose"]

FILE = Path(autograd.__file__).parent / "_native" / "kernels.h"
N_ARY = ("sum", "mean", "dot", "prod", "max", "min", "logsumexp")  # reductions.h has their values
N_ARY_PARTIALS = N_ARY[:-1]  # and their partial derivatives
COUNT = ["", "one", "two", "three", "four"]
HEADER = """\
/* The values and partial derivatives of the table of primitives, written by `python -m docs.make kernels`. */

#ifndef AUTOGRAD_KERNELS_H
#define AUTOGRAD_KERNELS_H

#include "ieee.h"
#include "reductions.h"

{numbers}
#include "gamma.h"

/* A function of one to four numbers: a value of the operands, or a partial derivative of the result and them. */
typedef union {
    double (*one)(double);
    double (*two)(double, double);
    double (*three)(double, double, double);
    double (*four)(double, double, double, double);
} Function;

/* An operation. A NULL among the functions means that the one of the table is to be called. */
typedef struct {
    const char *name;
    int arity; /* -1 for one or more operands: then `reduce` gives the value and `derive` stores the partials */
    int chooses; /* whether a partial may be BLOCKED */
    Function value;
    Function partials[3];
    double (*reduce)(const double *operands, size_t n);
    void (*derive)(double y, const double *operands, size_t n, double *partials);
} Kernel;"""


def kernels() -> str:
    """Return kernels.h."""
    values = definitions(TABLE, C)
    functions, rows = list(values.values()), []
    for op in TABLE.values():
        names = [symbol.name for symbol in rules.operands(op)]
        members = [f".value.{COUNT[len(names)]} = value_{op.name}"] if op.name in values else []
        partials = [partial(op, i, values) for i in range(len(names))]
        for i, found in enumerate(partials):
            if found is not None:
                functions.append(function(f"partial_{op.name}_{i}", ["y", *names], found, C))
                members.append(f".partials[{i}].{COUNT[len(names) + 1]} = partial_{op.name}_{i}")
        if names:
            chooses = int(any(found is not None and may_choose(found) for found in partials))
            rows.append(f'{{"{op.name}", {len(names)}, {chooses}, {", ".join(members)}}}')
        else:  # the core knows an operation of the table by its row, whatever there is of it in C
            chooses = int(op.name in N_ARY and any(x.__class__ is not float for x in op.all_partials(1.0, 0.0, 1.0)))
            members = [f".reduce = value_{op.name}"] if op.name in N_ARY else []
            members += [f".derive = partials_{op.name}"] if op.name in N_ARY_PARTIALS else []
            rows.append("{" + ", ".join([f'"{op.name}"', "-1", str(chooses), *members]) + "}")
    table = ["static const Kernel KERNELS[] = {", *(f"    {row}," for row in rows), "    {NULL},", "};"]
    return "\n\n".join([HEADER.replace("{numbers}", _numbers()), *functions, "\n".join(table), "#endif\n"])


def _numbers() -> str:
    """Return the numbers of gamma.py as they are called in gamma.h."""
    lines = []
    for name in ("BERNOULLI", "STIRLING", "SLOPES", "NEAR_2", "LOG_16", "LOG_ROOT_2_PI"):
        numbers = textwrap.fill(", ".join(map(repr, getattr(gamma, name))), 112, initial_indent="    ",
                                subsequent_indent="    ")  # fmt: skip
        lines.append(f"static const double GAMMA_{name}[] = {{\n{numbers},\n}};\n")
    return "".join([*lines, f"#define GAMMA_LARGEST_ORDER {gamma.LARGEST_ORDER}"])


def partial(op: Primitive, i: int, values: Container[str]) -> Expression | None:
    """Return a partial derivative of an operation; None if C cannot have it with the same bits."""
    try:
        found = rules.partial(op, i)
        write(found, C)
    except Untraceable:
        return None
    return found if all(name in values for name in entries(found, C)) else None


def may_choose(e: Expression) -> bool:
    """Return whether an expression may be the 0.0 of a side that was not taken, which is a float of a special class."""
    if isinstance(e, Call):
        return any(map(may_choose, e.arguments))
    return isinstance(e, Constant) and e.number.__class__ is not float


def make() -> None:
    """Write kernels.h."""
    FILE.write_text(kernels(), encoding="utf-8")
