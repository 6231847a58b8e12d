"""Gradients of programs that minimise with gradients: GradBench's `particle` and `saddle`.

    python benchmarks/nested.py                            this engine
    python benchmarks/nested.py --hips path/to/python      and HIPS autograd, in an environment of its own, in turn

The programs are those of Siskind and Pearlmutter, "Using programming-language theory to make automatic differentiation
sound and efficient" (2008), in the reverse-over-reverse form; the answers are GradBench's. Scalar code with loops and
branches, as a person writes it. The same file runs under both engines, which share their import name.
"""

from __future__ import annotations

import argparse
import math
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

Vector = list[Any]
Objective = Callable[[Vector], Any]

EXPECTED = {"particle": 0.2071918746486116, "saddle": 8.246324826140356e-06}


def minus(u: Vector, v: Vector) -> Vector:
    return [a - b for a, b in zip(u, v)]


def plus(u: Vector, v: Vector) -> Vector:
    return [a + b for a, b in zip(u, v)]


def times(k: Any, v: Vector) -> Vector:
    return [k * a for a in v]


def magnitude_squared(v: Vector) -> Any:
    total = 0.0
    for a in v:
        total = total + a * a
    return total


def make_programs(grad: Any, sqrt: Any) -> dict[str, Callable[[], float]]:
    """Return the programs on an engine's grad and sqrt."""

    def magnitude(v: Vector) -> Any:
        return sqrt(magnitude_squared(v))

    def distance(u: Vector, v: Vector) -> Any:
        return magnitude(minus(u, v))

    def argmin(f: Objective, x: Vector) -> Vector:
        g = grad(f)
        fx, gx, eta, steps = f(x), g(x), 1e-5, 0
        while True:
            if magnitude(gx) <= 1e-5:
                return x
            if steps == 10:
                eta, steps = 2.0 * eta, 0
                continue
            candidate = minus(x, times(eta, gx))
            if distance(x, candidate) <= 1e-5:
                return x
            f_candidate = f(candidate)
            if f_candidate < fx:
                x, fx, gx, steps = candidate, f_candidate, g(candidate), steps + 1
            else:
                eta, steps = eta / 2.0, 0

    def argmax(f: Objective, x: Vector) -> Vector:
        return argmin(lambda p: -f(p), x)

    def particle() -> float:
        def landing(w: Any) -> Any:
            charges = [[10.0, 10.0 - w], [10.0, 0.0]]

            def potential(x: Vector) -> Any:
                return sum((1.0 / distance(x, charge) for charge in charges), 0.0)

            x: Vector = [0.0, 8.0]
            velocity: Vector = [0.75, 0.0]
            step = 0.1
            while True:
                acceleration = times(-1.0, grad(potential)(x))
                following = plus(x, times(step, velocity))
                if not following[1] > 0.0:
                    until = (0.0 - x[1]) / velocity[1]
                    final = plus(x, times(until, velocity))
                    return final[0] * final[0]
                x, velocity = following, plus(velocity, times(step, acceleration))

        return float(argmin(lambda v: landing(v[0]), [0.0])[0])

    def saddle() -> float:
        start = [1.0, 1.0]

        def f(p: Vector, q: Vector) -> Any:
            return (p[0] * p[0] + p[1] * p[1]) - (q[0] * q[0] + q[1] * q[1])

        def worst(p: Vector) -> Any:
            return f(p, argmax(lambda q: f(p, q), start))

        best = argmin(worst, start)
        argmax(lambda q: f(best, q), start)
        return float(best[0])

    return {"particle": particle, "saddle": saddle}


def run(engine: str) -> None:
    """Run both programs on what this interpreter imports as `autograd`; print answers and seconds of CPU time."""
    if engine == "hips":
        import autograd.numpy as anp

        from autograd import grad

        sqrt = anp.sqrt
    else:
        from autograd import grad, sqrt
        from autograd.core import native

        print(f"core: {'compiled' if native else 'pure Python'}", file=sys.stderr)
    for name, program in make_programs(grad, sqrt).items():
        start = process_time()
        answer = program()
        seconds = process_time() - start
        assert math.isclose(answer, EXPECTED[name], rel_tol=1e-9), (name, answer, EXPECTED[name])
        print(f"{name} {answer!r} {seconds:.3f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hips", metavar="PYTHON", help="an interpreter where PyPI's autograd is installed")
    parser.add_argument("--engine", choices=["ours", "hips"], help=argparse.SUPPRESS)
    given = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    if given.engine:
        run(given.engine)
        return
    interpreters = {"ours": sys.executable} | ({"hips": given.hips} if given.hips else {})
    seconds: dict[tuple[str, str], float] = {}
    for engine, python in interpreters.items():
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent) if engine == "ours" else ""}
        command = [python, str(Path(__file__).resolve()), "--engine", engine]
        output = subprocess.check_output(command, env=environment, text=True, cwd="/" if engine == "hips" else None)
        for line in output.splitlines():
            name, answer, taken = line.split()
            seconds[engine, name] = float(taken)
            print(f"{engine:5} {name:9} {answer:24} {taken} s")
    for name in EXPECTED:
        if given.hips:
            print(f"{name}: {seconds['ours', name] / seconds['hips', name]:.3f} of HIPS autograd's time")


if __name__ == "__main__":
    main()
