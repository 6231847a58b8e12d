"""The time until a program has its first gradient, in a process of its own, with an empty and with a filled cache."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["READY", "ready"]

FOLDER = Path(__file__).parent
READY = {  # what is run, and the most seconds with an empty and with a filled cache
    "ready: two moons": ("moons", 0.3, 0.1),
    "ready: network 784-256-128-10": ("network", 5.0, 5.0),
}


def run(script: str, what: str, cache: str, modules: str) -> dict[str, Any]:
    """Run a program that times itself; return what it prints. Python keeps compiled modules in a folder of its own."""
    path = os.pathsep.join([str(FOLDER.parents[1]), str(FOLDER)])
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": path, "PYTHONPYCACHEPREFIX": modules}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    first_line = "from time import perf_counter, process_time; start, cpu = perf_counter(), process_time()"
    command = [sys.executable, "-c", f"{first_line}; import {script}", what]
    found: dict[str, Any] = json.loads(subprocess.run(command, env=environment, check=True, stdout=-1).stdout)
    return found


def ready(title: str, *, quick: bool) -> dict[str, Any]:
    """Return seconds by the clock and of the processor until a gradient, medians; those of jax for comparison."""
    what, *_ = READY[title]
    taken: dict[str, list[list[float]]] = {}
    with tempfile.TemporaryDirectory() as modules:
        for i in range(2 if quick else 4 if what == "network" else 8):  # the first time, Python compiles modules
            with tempfile.TemporaryDirectory() as cache:
                for name in ("empty cache", "filled cache"):
                    found = run("ready_autograd", what, cache, modules)
                    for kind in ("first gradient", "first compiled gradient") if i else ():
                        taken.setdefault(f"{kind}, {name}", []).append(found[kind])
            with suppress(subprocess.CalledProcessError):  # not installed
                found = run("ready_jax", what, "/nonexistent", modules)
                if i:
                    taken.setdefault("jax", []).append(found["first gradient"])
    return {name: [statistics.median(column) for column in zip(*runs)] for name, runs in taken.items()}
