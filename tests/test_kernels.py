"""The C kernels give the bits of the table's Python code, and are what the table gives."""

from __future__ import annotations

import ctypes
import itertools
import math
import random
import shutil
import struct
import subprocess
import sys
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
from oracles.special import COMBINATIONS, POINTS

from autograd import Value
from autograd.primitives import BLOCKED, TABLE, Primitive
from docs.make import kernels

FIXED = [op for op in TABLE.values() if op.arity is not None]
inf, nan = math.inf, math.nan

LIBRARY = """
#include <string.h>
#include "kernels.h"

static double call(Function f, int n, const double *x) {
    return n == 1 ? f.one(x[0]) : n == 2 ? f.two(x[0], x[1]) : n == 3 ? f.three(x[0], x[1], x[2])
        : f.four(x[0], x[1], x[2], x[3]);
}

/* the value (-1) or a partial of each row, or what a row is reduced to; the number of rows calculated */
size_t calculate(const char *name, int which, size_t rows, size_t n, const double *x, double *result) {
    const Kernel *k = KERNELS;
    while (k->name && strcmp(k->name, name)) k++;
    if (!k->name) return 0;
    const Function f = which < 0 ? k->value : k->partials[which];
    for (size_t i = 0; i < rows; i++) result[i] = k->arity < 0 ? k->reduce(x + i * n, n) : call(f, n, x + i * n);
    return rows;
}

size_t derive(const char *name, double y, size_t n, const double *x, double *partials) {
    const Kernel *k = KERNELS;
    while (k->name && strcmp(k->name, name)) k++;
    if (!k->name || !k->derive) return 0;
    k->derive(y, x, n, partials);
    return n;
}
"""


def test_the_kernels_are_what_the_table_gives() -> None:
    hint = "run: python -m docs.make kernels"
    assert kernels.FILE.read_text(encoding="utf-8") == kernels.kernels(), hint


def test_every_operation_of_fixed_arity_has_its_value_and_partials_in_c() -> None:
    written = kernels.kernels()
    for op in FIXED:
        assert f" value_{op.name}(" in written
        for i in range(op.arity or 0):
            assert f" partial_{op.name}_{i}(" in written


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    compiler = next(filter(None, map(shutil.which, ["cc", "gcc", "clang"])), None)
    if compiler is None:
        pytest.skip("no C compiler is on PATH")
    folder = tmp_path_factory.mktemp("kernels")
    source, built = folder / "library.c", folder / "library.so"
    source.write_text(LIBRARY)
    options = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-function", "-Wno-unused-parameter"]
    options += ["-Wno-missing-field-initializers", "-ffp-contract=off", "-shared", "-fPIC"]
    include = f"-I{kernels.FILE.parent}"
    subprocess.run([compiler, *options, include, str(source), "-o", str(built), "-lm"], check=True)
    found = ctypes.CDLL(str(built))
    found.calculate.restype = found.derive.restype = ctypes.c_size_t
    return found


def calculate(library: ctypes.CDLL, name: str, which: int, rows: Sequence[Sequence[float]]) -> list[float]:
    numbers, result = doubles(itertools.chain.from_iterable(rows)), doubles([0.0] * len(rows))
    size = (ctypes.c_size_t(len(rows)), ctypes.c_size_t(len(rows[0])))
    assert library.calculate(name.encode(), which, *size, numbers, result) == len(rows)
    return list(map(read, result))


def derive(library: ctypes.CDLL, name: str, y: float, xs: Sequence[float]) -> list[float]:
    result, n = doubles(xs), ctypes.c_size_t(len(xs))
    assert library.derive(name.encode(), ctypes.c_double(y), n, doubles(xs), result) == len(xs)
    return list(map(read, result))


def read(x: float) -> float:
    """Return a number of C; the nan that stands for BLOCKED there as what it is."""
    return BLOCKED if struct.pack("=d", x) == (0x7FF8B10C00000000).to_bytes(8, sys.byteorder) else x


def doubles(xs: Iterable[float]) -> ctypes.Array[ctypes.c_double]:
    numbers = array("d", xs)
    return (ctypes.c_double * len(numbers)).from_buffer(numbers)


@pytest.mark.parametrize("op", FIXED, ids=lambda op: op.name)
def test_values_and_partials_have_the_bits_of_python(library: ctypes.CDLL, op: Primitive) -> None:
    points = list(operands(op))
    values = [op.value(*xs) for xs in points]
    assert_same_bits(points, calculate(library, op.name, -1, points), values)
    partials = [op(*map(Value, xs)).partials for xs in points]
    rows = [(y, *xs) for y, xs in zip(values, points, strict=True)]
    for i in range(op.arity or 0):
        assert_same_bits(points, calculate(library, op.name, i, rows), [found[i] for found in partials])


@pytest.mark.parametrize("name", kernels.N_ARY)
def test_operations_on_any_number_of_operands_have_the_bits_of_python(library: ctypes.CDLL, name: str) -> None:
    rng = random.Random(name)
    for _ in range(1000):
        xs = terms(rng)
        y = TABLE[name].value(*xs)
        assert_same_bits([xs], calculate(library, name, -1, [xs]), [y])
        if name in kernels.N_ARY_PARTIALS:
            expected = TABLE[name](*map(Value, xs)).partials
            assert_same_bits([xs] * len(xs), derive(library, name, y, xs), expected)


def operands(op: Primitive) -> Iterator[tuple[float, ...]]:
    """Special numbers and their neighbours in every combination, then random ones."""
    near = {x for point in [*POINTS, inf] for x in (point, math.nextafter(point, inf), math.nextafter(point, -inf))}
    special: list[float] = sorted(near | {-x for x in near}) + [-0.0, nan] if op.arity == 1 else COMBINATIONS
    yield from itertools.product(special, repeat=op.arity or 0)
    rng = random.Random(op.name)
    for _ in range(1000):
        yield tuple(any_number(rng) for _ in range(op.arity or 0))


def any_number(rng: random.Random) -> float:
    kind = rng.randrange(4)
    if kind == 0:
        bits: float = struct.unpack("d", struct.pack("Q", rng.getrandbits(64)))[0]
        return bits
    return float(rng.randint(-20, 20)) if kind == 1 else rng.uniform(-1, 1) * 10 ** rng.uniform(-3, 3)


def terms(rng: random.Random) -> list[float]:
    """Numbers whose sum cancels, ties, overflows, underflows, or has no value."""
    kinds: list[Callable[[], Any]] = [
        lambda: rng.choice(COMBINATIONS),
        lambda: any_number(rng),
        lambda: rng.choice([1.0, -1.0]) * 2.0 ** rng.choice([0, 53, 54, -53, -54, -106]),
        lambda: rng.uniform(-1, 1) * 2 ** rng.uniform(1000, 1024),
        lambda: rng.uniform(-1, 1) * 2 ** rng.uniform(-1074, -1000),
        lambda: rng.uniform(-1, 1) * 10 ** rng.uniform(-20, 20),
    ]
    allowed = rng.sample(kinds, rng.randint(1, len(kinds)))
    xs = [rng.choice(allowed)() for _ in range(rng.choice([1, 2, 3, 5, 8, 33]))]
    if rng.random() < 0.3:
        xs += [-x for x in xs]
        rng.shuffle(xs)
    return xs


def assert_same_bits(points: Sequence[Sequence[float]], found: Sequence[float], expected: Sequence[float]) -> None:
    for xs, ours, theirs in zip(points, found, expected, strict=True):
        assert repr(ours) == repr(theirs) and (ours is BLOCKED) == (theirs is BLOCKED), (xs, ours, theirs)
