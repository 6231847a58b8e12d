"""Whole steps of training on a buffer: loss, derivatives and update, again and again, one way through a loss each."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..expressions import Constant, Expression
from ..writers import C, write
from .nest_runner import outcome_of, program_of
from .prepared import Prepared, count_nests, on_c, on_numpy, singles
from .program import Branch
from .readers import OTHER, Code, NotReadable, in_buffer
from .recording.held import Attribute, attributes
from .recording.looks import Look, first_change
from .recording.record import End, Guard
from .results import AMPLIFIED, agree
from .updates import Rule, with_update

if TYPE_CHECKING:
    from ..value import Value
    from .c.compiler import Build

__all__ = ["Training", "Way", "Ways"]

MOST_AT_ONCE = 256  # steps in one call of machine code
MANY_STEPS = """\
/* v[{control}]: the number of steps to do, at the end of those done; their losses come after it */
long run(double *restrict v) {{
    const long steps = (long)v[{control}];
    for (long i = 0; i < steps; i++) {{
        const long failed = step(v);
        if (failed >= 0) {{
            v[{control}] = (double)i;
            return failed;
        }}
        v[{control} + 1 + i] = {loss};
    }}
    return -1;
}}
"""


class Training(NamedTuple):
    """The common part of the ways through a loss.

    Args:
        parameters: how many there are; they are the first inputs.
        rules: how they are moved; none for the derivatives alone.
        factor: the factor of the gradients, in terms of their norm and the limit; None for 1.
        limit: the limit of the norm.
    """

    parameters: int
    rules: Sequence[Rule]
    factor: Expression | None
    limit: float


class Way:
    """One way through a loss, on a buffer.

    Attributes:
        path: the nodes of the tree.
        leaves: the Values that are read before a step, besides the parameters.
        held: the attributes of layers that are read before a step, with the addresses of their numbers.
        results: those that a step changes.
        program: a step.
        places: where numbers are in the buffer.
        buffer: the buffer.
        numbers: the same memory as a memoryview.
        training: what it was made for.
        has_failed: whether machine code cannot be had.
        options: what was last written to the places of options.
        backend: what runs: "numpy", "c", or "" if nothing does yet.
        seconds: how long the compiler took.
    """

    def __init__(self, path: Sequence[Branch], inputs: int, leaves: Sequence[Value], training: Training) -> None:
        self.path, self.leaves, self.inputs = path, list(leaves), inputs
        plain = program_of(path, inputs, len(leaves), range(training.parameters))
        end = path[-1].last
        assert isinstance(end, End)
        self.held = [attribute._replace(at=attribute.at + inputs) for attribute in attributes(leaves)]
        self.results, carried = list[Attribute](), list[tuple[int, int | float]]()
        for owner, name, at, count in end.form:
            place = next(a for a in self.held if a.owner is owner and a.name == name)
            self.results.append(place)
            carried += [(place.at + i, plain.outputs[at + i]) for i in range(count or 1)]
        self.program, self.places = with_update(plain, training.rules, training.factor, training.limit, carried)
        self.nests, self.singles = count_nests(self.program), singles(self.program)
        self._parameters = training.parameters
        self._prepared = Prepared(self.program, lambda buffer: lambda: -1, (0.0,) * (1 + MOST_AT_ONCE))
        self._run, self.buffer, self.numbers, _ = self._prepared.new()
        self._build: Build | None = None
        self.training, self.has_failed = training, False
        self.options: list[float] | None = None
        self.backend, self.seconds = "", 0.0

    def text(self) -> str:
        """Return the C program, which does steps until one fails."""
        from .c.source import source

        loss, head = self.program.outputs[0], "long run("
        text = write(Constant(loss), C) if isinstance(loss, float) else f"v[{loss}]"
        many = MANY_STEPS.format(control=self.program.size, loss=text)
        return source(self.program).replace(head, "static long step(", 1) + "\n" + many

    # --- back ends ---

    def begin(self) -> Build:
        """Return machine code that may not be ready."""
        if self._build is None:
            from .c.compiler import build

            self._build = build(self.text())
        return self._build

    def use_numpy(self) -> None:
        self._run, self.backend = on_numpy(self.program)(self.buffer), "numpy"

    def use_c(self) -> None:
        """Wait for machine code.

        Raises:
            NotBuilt: there is none.
        """
        built = self.begin().result()
        self._run, self.backend, self.seconds = on_c(built)(self.buffer), "c", built.seconds

    def agrees_in_c(self) -> bool:
        """Return whether machine code and NumPy do the same to the numbers that are in the buffer now.

        Raises:
            NotBuilt: there is no machine code.
        """
        found = []
        for bind in (on_c(self.begin().result()), on_numpy(self.program)):
            bound = self._prepared.new()
            bound.buffer[:] = self.buffer
            bound.buffer[self.program.size] = 1.0
            bind(bound.buffer)()
            at, n = self.places.gradients, self._parameters
            found.append((bound.buffer[at : at + n].tolist(), bound.buffer[:n].tolist()))
        (gradients, parameters), (others, moved) = found
        return agree(gradients, others) and agree(parameters, moved, AMPLIFIED)

    # --- steps ---

    def reader(self, key: Any, looks: list[Look]) -> Callable[[tuple[Any, ...], dict[str, Any]], Any]:
        """Return a function that writes the numbers of a batch to the buffer.

        It returns OTHER if the batch has another key or something else has changed.
        """
        code = Code()
        try:
            in_buffer(key, code)
        except NotReadable:
            return lambda args, kwargs: OTHER
        if looks:
            code.expect([f"{code.known(first_change)}({code.known(looks)}, 0) == -1"])
        part = self.buffer[self._parameters : self.inputs]
        views = [part[at : at + math.prod(shape)].reshape(shape) for at, shape in code.views]
        space: dict[str, Any] = code.space | {"numbers": memoryview(part.data), "views": views}
        exec(compile("\n".join(["def read(args, kwargs):", *code.lines]), "<training step>", "exec"), space)
        made: Callable[[tuple[Any, ...], dict[str, Any]], Any] = space["read"]
        return made

    def run(self, steps: int) -> tuple[list[float], int]:
        """Do steps with the numbers in the buffer, as many as can be done at once.

        Returns:
            Their losses, and -1 or the position of the check that did not hold in the step after them.
        """
        control, numbers = self.program.size, self.numbers
        if self.backend == "c":
            done = min(steps, MOST_AT_ONCE)
            numbers[control] = done
            failed = self._run()
            if failed >= 0:
                done = int(numbers[control])
            return self.buffer[control + 1 : control + 1 + done].tolist(), failed
        loss, losses = self.program.outputs[0], list[float]()
        for _ in range(min(steps, MOST_AT_ONCE)):
            failed = self._run()
            if failed >= 0:
                return losses, failed
            losses.append(loss if isinstance(loss, float) else numbers[loss])
        return losses, -1

    def outcome(self, failed: int) -> tuple[Branch | None, Guard]:
        """Return where the other outcome of a check leads, and the guard."""
        check = self.program.checks[failed]
        outcome = outcome_of(check, self.numbers)
        for node in self.path:
            if isinstance(node.last, Guard) and node.last[:3] == check.guard[:3]:
                return node.children.get(outcome), check.guard
        return None, check.guard


class Ways:
    """All ways for batches of one form. If a check of one fails, the outcome leads along the tree to another one.

    Attributes:
        current: the way of the next step.
        ways: all of them.
        read: writes a batch to the buffer of the current way, see `Way.reader`.
        is_ready: whether the ways can run and have been tried.
        is_waiting: whether some may become machine code.
    """

    def __init__(self, key: Any, looks: list[Look], ways: Sequence[Way]) -> None:
        self.ways, self.is_ready, self.is_waiting = list(ways), False, True
        self._readers = [way.reader(key, looks) for way in ways]
        self.current, self.read = self.ways[-1], self._readers[-1]

    def write(self, numbers: Sequence[float]) -> None:
        """Write the numbers of a batch to the buffer of the current way."""
        way = self.current
        way.buffer[way.training.parameters : way.training.parameters + len(numbers)] = numbers

    def follow(self, failed: int) -> Guard | None:
        """Go over to the way on which the outcome of a check leads; return the guard if there is none."""
        before = self.current
        child, guard = before.outcome(failed)
        for way, read in zip(self.ways, self._readers, strict=True):
            if child is not None and child in way.path:
                way.buffer[: way.inputs] = before.buffer[: way.inputs]
                self.current, self.read = way, read
                return None
        return guard
