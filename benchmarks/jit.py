"""Compiled functions beside jax, torch, casadi, xad, micrograd, NumPy and C: value and gradient of scalar programs.

    python benchmarks/jit.py                             all workloads
    python benchmarks/jit.py --only moons                those whose name contains this
    python benchmarks/jit.py --quick                     few rounds, and without the slowest engines
    python benchmarks/jit.py --backend numpy             another back end
    python benchmarks/jit.py --table results.json        the table of results that were saved by --save

Each workload runs in a process of its own on one pinned core. All engines must give the same numbers before anything is
timed; the largest difference is printed. Figures are medians of microseconds of CPU time over rounds in which the
engines take turns. The ratios, ours over another, are what can be compared between machines. An engine that is not
installed is left out. The last table says which targets are reached, those in seconds by CPU time as well.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.peers import CORE, pin

NAMES = {
    "moons": "networks", "moons_written": "networks", "moons_step": "networks", "moons_run": "networks",
    "digits": "networks", "mlp": "networks", "gmm": "formulas", "lstm": "sequences", "ode": "sequences",
    "rosenbrock_100": "formulas", "rosenbrock_10000": "formulas", "product": "formulas", "gpt": "gpt",
    "odd_even": "formulas", "four_floats": "formulas", "ready_moons": "ready", "ready_network": "ready",
}  # fmt: skip
SECONDS = 600  # a workload that takes longer is stopped


class Options:
    """How to measure."""

    def __init__(self, quick: bool, backend: str | None) -> None:
        self.quick, self.backend = quick, backend

    def compiled(self, f: Callable[..., Any], *arguments: Any) -> Callable[[], Any]:
        """Return the call of a compiled function, after its compiler has finished."""
        from autograd import jit
        from benchmarks.workloads.engines import settled

        compiled = jit(f) if self.backend is None else jit(f, backend=self.backend)
        return settled(partial(compiled, *arguments), compiled.stats, 0.0 if self.backend else 30.0)


def measured(name: str, options: Options) -> dict[str, Any]:
    """Run one workload; return its title, times, targets, and how far the results are apart."""
    from importlib import import_module

    pin()
    module = import_module(f"benchmarks.workloads.{NAMES[name]}")
    if NAMES[name] == "ready":
        title = "ready: two moons" if name == "ready_moons" else "ready: network 784-256-128-10"
        return {"title": title, "ready": module.ready(title, quick=options.quick), "most": module.READY[title][1:]}
    comparison = getattr(module, name)(options)
    if "autograd" not in comparison.calls:
        raise RuntimeError("; ".join(comparison.notes))
    apart = comparison.check()
    return {
        "title": comparison.title, "apart": apart, "us": comparison.measure(), "targets": comparison.targets,
        "notes": comparison.notes,
    }  # fmt: skip


def run(name: str, given: argparse.Namespace) -> dict[str, Any]:
    """Run one workload in a process of its own."""
    command = [sys.executable, __file__, "--run", name, *(["--quick"] if given.quick else [])]
    if given.backend:
        command += ["--backend", given.backend]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=given.timeout)
    except subprocess.TimeoutExpired:
        return {"title": name, "failed": f"stopped after {given.timeout} s"}
    if done.returncode:
        if given.verbose:
            print(done.stderr, file=sys.stderr)
        return {"title": name, "failed": (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]}
    if given.verbose:
        print(done.stderr, file=sys.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def show(result: dict[str, Any]) -> None:
    """Print what was measured of one workload."""
    print(f"\n{result['title']}")
    if "failed" in result:
        print(f"  FAILED: {result['failed']}", flush=True)
    elif "ready" in result:
        for name, (clock, cpu) in result["ready"].items():
            print(f"  {name:40}{clock:8.3f} s by the clock{cpu:8.3f} s of CPU", flush=True)
    else:
        ours = result["us"]["autograd"]
        for name, us in result["us"].items():
            ratio = "" if name == "autograd" else f"   ratio {ours / us:8.4f}"
            print(f"  {name:20}{us:12.2f} us{ratio}")
        for note in result["notes"]:
            print(f"  without {note}")
        print(f"  largest difference {result['apart']:.1e}", flush=True)


def rows(result: dict[str, Any]) -> list[tuple[str, str, str, str, str]]:
    """Return lines of the table: workload, ours, compared with, at most, result."""
    title = result["title"]
    if "failed" in result:
        return [(title, "", "", "", f"failed: {result['failed']}")]
    if "ready" in result:
        lines = []
        for cache, most in zip(("empty cache", "filled cache"), result["most"]):
            for kind in ("first gradient", "first compiled gradient"):
                clock, cpu = result["ready"][f"{kind}, {cache}"]
                ours = f"{cpu:.2f} s (by the clock {clock:.2f} s)"
                lines.append((title, ours, f"{kind}, {cache}", f"{most} s", _reached(cpu, most)))
        return lines
    us = result["us"]
    ours, lines = us["autograd"], []
    for name, most in result["targets"].items():
        if name == "us":
            lines.append((title, f"{ours:.2f} us", "", f"{most} us", _reached(ours, most)))
        elif name in us:
            at_most = f"1/{1 / most:.0f}" if most < 1 else f"{most:g}"
            lines.append(
                (title, f"{ours:.2f} us", f"{name} {us[name]:.2f} us", at_most, _reached(ours / us[name], most))
            )
    return lines


def _reached(found: float, most: float) -> str:
    return f"{found:.3g}, {'reached' if found <= most else 'missed'}"


def table(results: list[dict[str, Any]]) -> str:
    lines = [("workload", "ours", "compared with", "at most", "result"), ("---",) * 5]
    return "\n".join(f"| {' | '.join(row)} |" for row in lines + [row for result in results for row in rows(result)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="the workloads whose names contain this: " + ", ".join(NAMES))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--backend", choices=["python", "numpy", "c"])
    parser.add_argument("--timeout", type=int, default=SECONDS, metavar="SECONDS", help="for each workload")
    parser.add_argument("--save", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--table", type=Path, metavar="FILE", help="only print the table of saved results")
    parser.add_argument("--verbose", action="store_true", help="print what compiled functions say of themselves")
    parser.add_argument("--run", choices=list(NAMES), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.run:
        print(json.dumps(measured(given.run, Options(given.quick, given.backend))))
        return
    if given.table:
        print(table(json.loads(given.table.read_text())))
        return
    print(f"{CORE}; back end: {given.backend or 'automatic'}", flush=True)
    results = []
    for name in NAMES:
        if given.only is None or given.only in name:
            results.append(run(name, given))
            show(results[-1])
    if given.save:
        given.save.write_text(json.dumps(results, indent=1))
    print("\n" + table(results))


if __name__ == "__main__":
    main()
