"""How often gradcheck blames a right derivative, and which wrong derivatives it finds.

    python -m tests.oracles.measure_gradcheck [--count 5000] [--wrong 600] [--seed 0] [--show 0]

`count` right functions are checked: six sevenths of them of the noisy kinds of gradcheck_cases.py, one seventh
ordinary ones. In each of `wrong` more functions the mistakes of `Case.wrong` are planted, about nine of them: sign,
factor 2, 0, 1 %, 1e-3, 1e-4, 1e-5 too large, 1e-3 added, a term or an inner derivative missing, the other side of a
kink. An error is hidden if it is below 20 times the smallest one that differences of f can show (`Case.visible`), or
below 3e-9, three times the `atol` of gradcheck. A derivative that is off by 1e-3 or more and passes although its error
is not hidden is a false negative. The script fails if there is one, or if more than 0.5 % of the right derivatives of
the six kinds are blamed.

The result depends on the seed and the counts alone. The calls of f are counted per check. To measure another version,
put it first on the path: `PYTHONPATH=/path/to/it:. python tests/oracles/measure_gradcheck.py`.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from autograd import gradcheck
from tests.oracles.gradcheck_cases import KINDS, cases

SIZES = (1e-1, 1e-2, 1e-3, 1e-4, 1e-5)
ALLOWED = 0.005  # false alarms
FAR = 20  # an error this many times what differences can show must be found


class Counted:
    """A function that counts its calls."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.f, self.calls = f, 0

    def __call__(self, *xs: Any) -> Any:
        self.calls += 1
        return self.f(*xs)


def size(error: float) -> float:
    """The largest of SIZES that the error reaches, up to rounding; the smallest for anything below."""
    return next((s for s in SIZES if error >= s * 0.99), SIZES[-1])


def measure(right: int, wrong: int, seed: int, show: int = 0) -> tuple[float, int]:
    """Print the counts; return the share of false alarms in the six kinds, and the number of false negatives."""
    checked, blamed, calls = Counter[str](), Counter[str](), Counter[str]()
    for case in cases(seed, right):
        f = Counted(case.plain)
        passed = gradcheck(f, case.xs, raise_exception=False)
        checked[case.kind] += 1
        blamed[case.kind] += not passed
        calls[case.kind] += f.calls
        if not passed and show > 0:
            show -= 1
            try:
                gradcheck(case.plain, case.xs)
            except AssertionError as error:
                print(f"  {case.kind}: {error}")
    print(f"{'right derivatives':18}{'checked':>9}{'blamed':>9}{'calls of f':>12}")
    for kind in KINDS:
        print(f"  {kind:16}{checked[kind]:9}{blamed[kind]:9}{calls[kind] / max(1, checked[kind]):12.1f}")
    noisy = [kind for kind in KINDS if kind != "ordinary"]
    alarms = sum(blamed[kind] for kind in noisy) / max(1, sum(checked[kind] for kind in noisy))
    print(f"  {'all':16}{checked.total():9}{blamed.total():9}{calls.total() / checked.total():12.1f}")
    print(f"  false alarms in the six kinds: {100 * alarms:.2f} %\n")

    planted, found, missed, hidden = (Counter[tuple[str, Any]]() for _ in range(4))
    calls_of_wrong = 0
    for case in cases(seed + 1, wrong):
        for name, error, f in case.wrong():
            counted = Counted(f)
            passed = gradcheck(counted, case.xs, raise_exception=False)
            calls_of_wrong += counted.calls
            off = error * max(abs(case.slopes[0]), 1e-300)
            is_hidden = passed and off < max(FAR * case.visible, 3e-9)
            for key in (("kind", case.kind), ("mistake", name), ("size", size(error))):
                planted[key] += 1
                found[key] += not passed
                hidden[key] += is_hidden
                missed[key] += passed and not is_hidden
            planted["total", error >= 0.99e-3] += 1
            missed["total", error >= 0.99e-3] += passed and not is_hidden
            if passed and not is_hidden and error >= 0.99e-3:
                print(f"  MISSED {case.kind} {name}: off by {error:.2g}, visible {case.visible:.2g}, at {case.xs}")
    print(f"{'wrong derivatives':18}{'planted':>9}{'found':>9}{'hidden':>9}{'missed':>9}")
    for key in planted:
        if key[0] != "total":
            label = f"{key[0]} {key[1]}" if key[0] == "size" else key[1]
            print(f"  {label:16}{planted[key]:9}{found[key]:9}{hidden[key]:9}{missed[key]:9}")
    print(f"  off by 1e-3 or more: {planted['total', True]}; false negatives: {missed['total', True]}")
    print(f"  calls of f: {calls_of_wrong / max(1, planted['total', True] + planted['total', False]):.1f}")
    return alarms, missed["total", True]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=5000)
    parser.add_argument("--wrong", type=int, default=600)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--show", type=int, default=0, help="print the messages of this number of false alarms")
    given = parser.parse_args(arguments)
    alarms, missed = measure(given.count, given.wrong, given.seed, given.show)
    return int(alarms > ALLOWED or missed > 0)


if __name__ == "__main__":
    sys.exit(main())
