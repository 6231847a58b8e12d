"""How often `check` names a slip, on random small networks: python -m tests.measure_check [--count 200] [--seed 0].

A learner calculates a network and its gradients on paper, in plain Python that shares nothing with the package, with
rounded or unrounded numbers, and makes one slip. `check` is to name this slip, and to accuse no line that is right.
"""

from __future__ import annotations

import argparse
import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from autograd import Value, log, relu, sigmoid, softplus, tanh
from autograd.learn.check import Check, check

# --- functions as a learner knows them: value, derivative by the input and the result ---


def _sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


FUNCTIONS: dict[str, tuple[Callable[[float], float], Callable[[float, float], float], Callable[[Value], Value]]] = {
    "sigmoid": (_sigmoid, lambda z, a: a * (1 - a), sigmoid),
    "tanh": (math.tanh, lambda z, a: 1 - a * a, tanh),
    "relu": (lambda z: max(z, 0.0), lambda z, a: float(z > 0), relu),
    "softplus": (lambda z: math.log(1 + math.exp(z)), lambda z, a: _sigmoid(z), softplus),
}
LOSSES = ("squared", "half squared", "cross-entropy")

# What each planted slip may be called: any of these kinds.
NAMES = {
    "bias forgotten": ("term",), "bias sign": ("term sign",), "term forgotten": ("term",),
    "another weight": ("name",), "another input": ("name",),
    "activation forgotten": ("function",), "another activation": ("other function",),
    "exponent forgotten": ("exponent",), "factor 2 forgotten": ("factor",), "half forgotten": ("factor", "left out"),
    "sign": ("sign", "edge sign", "minus", "term sign"), "z in place of a": ("name",), "wrong a": ("name",),
    "a in place of a(1-a)": ("factor", "value"), "1-a": ("factor",), "square forgotten": ("exponent",),
    "derivative of another function": ("other slope", "left out"), "factor left out": ("left out", "factor"),
    "factor twice": ("twice",), "own factor": ("name",), "another factor": ("name",), "path forgotten": ("path",),
    "weight after the update": ("updated",), "added": ("added",), "no rate": ("no rate",),
    "rate twice": ("rate twice",), "not updated": ("not updated",), "another gradient": ("other gradient",),
    "change only": ("only change",), "point": ("point",), "another line": ("other",),
    "weight before the update": ("not updated",), "all before the update": ("nothing updated", "not updated"),
}  # fmt: skip


@dataclass
class Paper:
    """A sheet of paper: lines, each rounded as it is written; one of them with a slip.

    Args:
        digits: significant digits of what is written.
        carries: whether the learner goes on with the rounded numbers.
        target: the place of the line with the slip, among the lines that can have one; -1 for none.
        sparse: which lines are handed in: "all", "values" and gradients of parameters, or "end", the last one alone.
        rng: chooses the slip.
    """

    digits: int
    carries: bool
    target: int
    rng: random.Random
    lines: dict[str, str] = field(default_factory=dict)
    exact: dict[str, float] = field(default_factory=dict)
    slip: str = ""
    at: str = ""
    offered: int = 0

    def write(self, name: str, number: float, slips: dict[str, float] | None = None) -> float:
        """Write a line, with a slip if it is its turn, and return the number that the learner goes on with."""
        wrong = {
            kind: x
            for kind, x in (slips or {}).items()
            if math.isfinite(x) and x and abs(x - number) > 4 * 10.0 ** (_exponent(number) + 1 - self.digits)
        }
        if wrong:
            if self.offered == self.target:
                self.slip, self.at = self.rng.choice(sorted(wrong)), name
                number = wrong[self.slip]
            self.offered += 1
        text = f"{number:#.{self.digits}g}".rstrip(".")
        self.lines[name] = text
        return float(text) if self.carries else number


def _exponent(x: float) -> int:
    return math.floor(math.log10(abs(x))) if x else 0


class Network:
    """A network with random parameters, as Values and as plain numbers."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        depth = rng.randint(1, 3)
        self.widths = [rng.randint(1, 2) for _ in range(depth)] + [1]
        self.kinds = [rng.choice(sorted(FUNCTIONS)) for _ in range(depth - 1)]
        self.loss = rng.choice(LOSSES)
        self.kinds.append("sigmoid" if self.loss == "cross-entropy" else rng.choice(["sigmoid", "tanh", "softplus"]))
        self.rate = rng.choice([0.1, 0.5, 0.05])
        self.p: dict[str, float] = {}
        for j in range(self.widths[0]):
            self.p[f"x{j + 1}"] = self._number(0.5, 3)
        for layer, (inputs, outputs) in enumerate(zip(self.widths, self.widths[1:]), 1):
            for k in range(outputs):
                for j in range(inputs):
                    self.p[self.w(layer, k, j)] = self._number(0.2, 1.5) * rng.choice([1, 1, -1])
                self.p[self.b(layer, k)] = self._number(0.1, 0.9) * rng.choice([1, -1])
        self.p["y"] = 1.0 if self.loss == "cross-entropy" else self._number(0.1, 0.95)

    def _number(self, low: float, high: float) -> float:
        return round(self.rng.uniform(low, high), 2)

    def name(self, letter: str, layer: int, k: int) -> str:
        return f"{letter}{layer}" if self.widths[layer] == 1 else f"{letter}{layer}{'ab'[k]}"

    def w(self, layer: int, k: int, j: int) -> str:
        return self.name("w", layer, k) + ("" if self.widths[layer - 1] == 1 else f"_{j + 1}")

    def b(self, layer: int, k: int) -> str:
        return self.name("b", layer, k)

    def inputs(self, layer: int) -> list[str]:
        if layer == 1:
            return [f"x{j + 1}" for j in range(self.widths[0])]
        return [self.name("a", layer - 1, j) for j in range(self.widths[layer - 1])]

    def values(self) -> Value:
        """Return the loss as a Value."""
        v = {name: Value(x, name) for name, x in self.p.items()}
        for layer in range(1, len(self.widths)):
            for k in range(self.widths[layer]):
                total = v[self.b(layer, k)]
                for j, x in reversed(list(enumerate(self.inputs(layer)))):
                    product = v[self.w(layer, k, j)] * v[x]
                    total = product + total
                z, a = self.name("z", layer, k), self.name("a", layer, k)
                v[z] = total.named(z)
                v[a] = FUNCTIONS[self.kinds[layer - 1]][2](v[z]).named(a)
        a, y = v[self.inputs(len(self.widths))[0]], v["y"]
        if self.loss == "cross-entropy":
            return (-log(a)).named("L")
        square = (a - y) ** 2
        return (0.5 * square if self.loss == "half squared" else square).named("L")

    # --- on paper ---

    def calculate(self, paper: Paper) -> None:
        """Write all lines, forward, backward, and the update."""
        n, last = dict(self.p), len(self.widths) - 1
        for layer in range(1, last + 1):
            xs = self.inputs(layer)
            for k in range(self.widths[layer]):
                self._forward(paper, n, layer, k, xs)
        end = self.inputs(last + 1)[0]
        a, y = n[end], n["y"]
        if self.loss == "cross-entropy":
            n["L"] = paper.write("L", -math.log(a), {"sign": math.log(a)})
            g = paper.write(f"dL/d{end}", -1 / a, {"sign": 1 / a})
        else:
            half = 0.5 if self.loss == "half squared" else 1.0
            n["L"] = paper.write("L", half * (a - y) ** 2, {"exponent forgotten": half * (a - y)})
            slips = {"sign": -2 * half * (a - y)}
            slips["factor 2 forgotten" if half == 1 else "half forgotten"] = (a - y) * (1 if half == 1 else 2)
            g = paper.write(f"dL/d{end}", 2 * half * (a - y), slips)
        n[f"dL/d{end}"] = g
        for layer in range(last, 0, -1):
            self._backward(paper, n, layer)
        for name in self.p:
            if name[0] in "wb":
                self._update(paper, n, name)

    def _forward(self, paper: Paper, n: dict[str, float], layer: int, k: int, xs: list[str]) -> None:
        ws, b = [self.w(layer, k, j) for j in range(len(xs))], self.b(layer, k)
        z = sum(n[w] * n[x] for w, x in zip(ws, xs)) + n[b]
        slips = {"bias forgotten": z - n[b], "bias sign": z - 2 * n[b]}
        others = [w for w in self.p if w[0] == "w" and w not in ws]
        if others:
            slips["another weight"] = z + (n[paper.rng.choice(others)] - n[ws[0]]) * n[xs[0]]
        if len(xs) > 1:
            slips["term forgotten"] = z - n[ws[1]] * n[xs[1]]
            slips["another input"] = z + n[ws[0]] * (n[xs[1]] - n[xs[0]])
        z_name, a_name = self.name("z", layer, k), self.name("a", layer, k)
        n[z_name] = z = paper.write(z_name, z, slips)
        kind = self.kinds[layer - 1]
        other = paper.rng.choice([x for x in sorted(FUNCTIONS) if x != kind])
        slips = {"activation forgotten": z, "another activation": FUNCTIONS[other][0](z)}
        if kind == "relu" and z > 0 or other == "relu" and z > 0:
            slips.pop("another activation")
        n[a_name] = paper.write(a_name, FUNCTIONS[kind][0](z), slips)

    def _backward(self, paper: Paper, n: dict[str, float], layer: int) -> None:
        xs, kind = self.inputs(layer), self.kinds[layer - 1]
        slope = FUNCTIONS[kind][1]
        for k in range(self.widths[layer]):
            a, z = self.name("a", layer, k), self.name("z", layer, k)
            s = slope(n[z], n[a])
            slips = {}
            if kind in ("sigmoid", "tanh"):
                slips["z in place of a"] = slope(n[z], n[z])
                others = [x for x in n if x[0] == "a" and x != a]
                if others:
                    slips["wrong a"] = slope(n[z], n[paper.rng.choice(others)])
            if kind == "sigmoid":
                slips |= {"a in place of a(1-a)": n[a], "1-a": 1 - n[a]}
            if kind == "tanh":
                slips["square forgotten"] = 1 - n[a]
            if kind != "relu":
                other = paper.rng.choice([x for x in sorted(FUNCTIONS) if x != kind])
                slips["derivative of another function"] = FUNCTIONS[other][1](n[z], n[a])
            s = paper.write(f"d{a}/d{z}", s, slips)
            g = n[f"dL/d{a}"]
            slips = {"factor left out": g, "factor twice": g * s * s, "sign": -g * s}
            g = n[f"dL/d{z}"] = paper.write(f"dL/d{z}", g * s, slips)
            n[f"dL/d{self.b(layer, k)}"] = g
            for j, x in enumerate(xs):
                w = self.w(layer, k, j)
                slips = {"factor left out": g, "own factor": g * n[w], "sign": -g * n[x]}
                if layer > 1:
                    slips["another factor"] = g * n[self.name("z", layer - 1, j)]
                    if self.kinds[layer - 2] == "relu":
                        slips.pop("another factor")
                slips["point"] = g * n[x] * 10
                n[f"dL/d{w}"] = paper.write(f"dL/d{w}", g * n[x], slips)
        for j, x in enumerate(xs if layer > 1 else []):
            parts = [n[f"dL/d{self.name('z', layer, k)}"] * n[self.w(layer, k, j)] for k in range(self.widths[layer])]
            slips = {"sign": -sum(parts)}
            g, w = n[f"dL/d{self.name('z', layer, 0)}"], self.w(layer, 0, j)
            if len(parts) > 1:
                slips["path forgotten"] = parts[0]
            else:
                slips |= {"factor left out": g, "own factor": g * n[x]}
                slips["weight after the update"] = g * (n[w] - self.rate * g * n[x])
            n[f"dL/d{x}"] = paper.write(f"dL/d{x}", sum(parts), slips)

    def _update(self, paper: Paper, n: dict[str, float], name: str) -> None:
        w, g, rate = n[name], n[f"dL/d{name}"], self.rate
        others = [x for x in n if x.startswith("dL/dw") and x != f"dL/d{name}"]
        slips = {
            "added": w + rate * g, "no rate": w - g, "rate twice": w - rate * rate * g, "not updated": w,
            "change only": rate * g,
        }  # fmt: skip
        if others:
            slips["another gradient"] = w - rate * n[paper.rng.choice(others)]
        paper.write(f"{name}'", w - rate * g, slips)


# --- judging the judge ---


@dataclass
class Tally:
    """What became of the planted slips."""

    planted: int = 0
    first: int = 0
    named: int = 0
    several: int = 0
    accused: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    right: int = 0
    lines: int = 0


def sheet(seed: int, slip: bool = True) -> tuple[Network, Paper]:
    """Return a network and what a learner wrote about it."""
    while True:
        rng = random.Random(seed)
        network = Network(rng)
        digits, carries = rng.randint(4, 6), rng.random() < 0.5
        count = Paper(digits, carries, -1, random.Random(seed))
        network.calculate(count)
        paper = Paper(digits, carries, rng.randrange(count.offered) if slip else -1, random.Random(seed))
        seed += 1_000_003
        try:
            network.calculate(paper)
        except ValueError:  # the logarithm of what a slip has made negative
            continue
        if paper.slip or not slip:
            return network, paper


def judged(network: Network, lines: dict[str, str]) -> Check:
    """Return what `check` says."""
    return check(network.values(), lines, lr=network.rate)


def measure(count: int, seed: int) -> Tally:
    """Plant slips and count how many are named; check as many sheets without a slip."""
    tally = Tally()
    for i in range(count):
        network, paper = sheet(seed * 10_007 + i)
        lines = dict(paper.lines)
        if random.Random(seed + i).random() < 0.3:  # the earlier lines stay on scrap paper
            names = list(lines)
            lines = {name: lines[name] for name in names if name == paper.at or name[0] in "za"}
        result = judged(network, lines)
        for line in result.lines:
            tally.lines += 1
            if line.name == paper.at:
                wanted = NAMES[paper.slip]
                found = [kind in wanted for kind in line.slips]
                tally.planted += 1
                tally.first += found[:1] == [True]
                tally.named += any(found)
                tally.several += len(found) > 1
                if not any(found):
                    tally.missed.append(
                        f"{network.loss} {network.kinds} {paper.slip}: {line.name} = {line.yours}, "
                        f"exact {line.exact:.6g}: {line.verdict}, {line.slips} {line.remark}"
                    )
                    tally.kinds[paper.slip] += 1
            elif line.verdict in ("right", "given"):
                tally.right += 1
            else:
                tally.accused.append(f"{paper.slip} at {paper.at}: {line} {paper.carries}")
        network, paper = sheet(seed * 20_011 + i, slip=False)
        for line in judged(network, paper.lines).lines:
            tally.lines += 1
            if line.verdict in ("right", "given"):
                tally.right += 1
            else:
                tally.accused.append(f"no slip: {line} {paper.carries}")
    return tally


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    tally = measure(options.count, options.seed)
    print(*tally.missed, *tally.accused, sep="\n")
    print(f"planted {tally.planted}, named {tally.named} ({tally.named / tally.planted:.1%}), first {tally.first}, ")
    print(f"several offered {tally.several}, right lines {tally.right} of {tally.lines}, accused {len(tally.accused)}")
    print("missed:", dict(tally.kinds))


if __name__ == "__main__":
    main()
