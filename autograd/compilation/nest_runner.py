"""Compiled code that works on a buffer: a program of nests for each way through a function."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from ..buffers import floats_from_buffer, numbers_to_buffer
from ..core import twin
from ..expressions import COMPARISONS
from .nests.grouping import group
from .nests.nest import Check, NestProgram
from .nests.reroll import rerolled
from .nests.reverse import differentiated
from .prepared import Bound, Prepared, count_nests
from .readers import OTHER, Code, NotReadable, in_buffer
from .recording.looks import first_change
from .recording.record import End, Guard, constant
from .results import written
from .runners import Plan, Runner

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

    from ..value import Value
    from .program import Branch

__all__ = ["NestRunner", "Way", "outcome_of", "program_of"]


class Way(NamedTuple):
    """One way through a function.

    Args:
        path: the nodes of the tree from the root to its end.
        program: what it does.
        bind: puts it on a buffer.
    """

    path: Sequence[Branch]
    program: NestProgram
    bind: Callable[[NDArray[float64]], Callable[[], int]]


def program_of(path: Sequence[Branch], inputs: int, leaves: int, wanted: Sequence[int] | None) -> NestProgram:
    """Return a way as a program, with the derivatives by the wanted inputs unless they are None.

    Raises:
        NotNested: an operation is not in the table.
    """
    program = group(path, inputs, leaves)
    if wanted is not None:
        program = differentiated(program, wanted)
    return program._replace(forward=rerolled(program.forward), backward=rerolled(program.backward))


class NestRunner(Runner):
    """All ways, each a program. If a check of one fails, the outcome leads along the tree to another one."""

    def __init__(self, plan: Plan, ways: Sequence[Way], backend: str, seconds: float) -> None:
        super().__init__(plan)
        self.backend, self.seconds = backend, seconds
        self.nests = sum([count_nests(way.program) for way in ways])
        self.operations = sum([len(node.operations) for node in {id(n): n for w in ways for n in w.path}.values()])
        self._ways = [_Callable(plan, way, i) for i, way in enumerate(ways)]
        self._current = self._ways[-1]
        self.call = self._current.call

    def run(self, numbers: list[float]) -> Any:
        way = self._current
        bound = way.prepared.take()
        try:
            bound.buffer[: len(numbers)] = numbers
            numbers_to_buffer(way.leaves, bound.numbers, len(numbers))
            failed = bound.run()
            return way.result(*bound[1:]) if failed < 0 else self.follow(self._ways.index(way), bound, failed)
        finally:
            way.prepared.pool.append(bound)

    def follow(self, position: int, bound: Bound, failed: int) -> Any:
        """Return the result along another way, whose outcome of the failed check is right; a guard if there is none."""
        way = self._ways[position]
        tried, inputs = [way], bound.buffer[: way.program.inputs].copy()
        check = way.program.checks[failed]
        outcome = outcome_of(check, bound.numbers)
        while True:
            found = way.child(check, outcome)
            others = [other for other in self._ways if found in other.path and other not in tried]
            if found is None or not others:
                return check.guard
            way = others[0]
            tried.append(way)
            bound = way.prepared.take()
            try:
                bound.buffer[: len(inputs)] = inputs
                numbers_to_buffer(way.leaves, bound.numbers, len(inputs))
                failed = bound.run()
                if failed < 0:
                    self._current, self.call = way, way.call  # the next call is often like this one
                    return way.result(*bound[1:])
                check = way.program.checks[failed]
                outcome = outcome_of(check, bound.numbers)
            finally:
                way.prepared.pool.append(bound)


def outcome_of(check: Check, numbers: memoryview) -> Any:
    left, right = (numbers[x] if isinstance(x, int) else x for x in (check.left, check.right))
    if check.guard.relation == "data":
        return constant(left)
    return COMPARISONS[check.guard.relation](left, right)


class _Callable:
    """A way with its generated code."""

    def __init__(self, plan: Plan, way: Way, position: int) -> None:
        self.path, self.program = way.path, way.program
        self.leaves: list[Value] = list(plan.leaves[: way.program.leaves])
        end = way.path[-1]
        assert isinstance(end.last, End)
        form, order = plan.assembly(end)
        outputs = [*way.program.outputs, *way.program.slopes]
        constants: list[float] = []
        addresses: list[int] = []
        for x in [outputs[i] for i in order]:
            addresses.append(way.program.size + len(constants) if isinstance(x, float) else x)
            if isinstance(x, float):
                constants.append(x)
        self._code = Code()
        self.prepared = Prepared(way.program, way.bind, tuple(constants), self._code.views)
        result = written(form, _Addresses(addresses, self._code))
        self.result = self._function("result(buffer, numbers, views)", [f"    return {result}"])
        try:
            self.call = self._function("call(runner, args, kwargs)", self._call(plan, position, result))
        except NotReadable:
            self.call = lambda runner, args, kwargs: OTHER

    def child(self, check: Check, outcome: Any) -> Branch | None:
        """Return where another outcome of a check leads."""
        for node in self.path:
            if isinstance(node.last, Guard) and node.last[:3] == check.guard[:3]:
                return node.children.get(outcome)
        return None

    def _call(self, plan: Plan, position: int, result: str) -> list[str]:
        """Return the body of a function from the arguments of a call to its result."""
        code, known = self._code, self._code.known
        code.put("try:")
        code.put(f"    bound = {known(self.prepared.pool)}.pop()")
        code.put("except IndexError:")
        code.put(f"    bound = {known(self.prepared)}.new()")
        code.put("run, buffer, numbers, views = bound")
        code.put("try:")
        code.depth += 1
        in_buffer(plan.key, code, plan.wanted)
        if plan.surroundings.looks:
            code.expect([f"{known(twin(first_change))}({known(plan.surroundings.looks)}, 0) == -1"])
        if self.leaves:
            code.put(f"{known(twin(numbers_to_buffer))}({known(self.leaves)}, numbers, {self.program.inputs})")
        code.put("failed = run()")
        code.put("if failed >= 0:")
        code.put(f"    return runner.follow({position}, bound, failed)")
        code.put(f"return {result}")
        code.depth -= 1
        code.put("finally:")
        code.put(f"    {known(self.prepared.pool)}.append(bound)")
        return code.lines

    def _function(self, head: str, lines: list[str]) -> Callable[..., Any]:
        space = self._code.space
        exec(compile("\n".join([f"def {head}:", *lines]), "<call of jit>", "exec"), space)
        made: Callable[..., Any] = space.pop(head.partition("(")[0])
        return made


class _Addresses:
    """The numbers of a result in a buffer."""

    def __init__(self, addresses: Sequence[int], code: Code) -> None:
        self.addresses, self.known, self._code = addresses, code.known, code
        self.at = 0

    def _next(self, count: int) -> tuple[list[int], bool]:
        """Return the next addresses, and whether they are one after the other."""
        found = list(self.addresses[self.at : self.at + count])
        self.at += count
        return found, bool(found) and found == list(range(found[0], found[0] + count))

    def one(self) -> str:
        return f"numbers[{self._next(1)[0][0]}]"

    def nested(self, form: Any, count: int) -> str | None:
        found, is_run = self._next(count)
        if is_run:
            return f"{self.known(twin(floats_from_buffer))}({self.known(form)}, numbers, {found[0]})"
        if count >= 8 and form[0] is list and isinstance(form[1], int):
            return f"buffer[{self._table(found)}].tolist()"
        self.at -= count
        return None

    def array(self, shape: tuple[int, ...]) -> str:
        found, is_run = self._next(math.prod(shape))
        if is_run:
            return f"{self._code.view(found[0], shape)}.copy()"
        return f"buffer[{self._table(found)}].reshape({shape!r})"

    def _table(self, addresses: list[int]) -> str:
        import numpy

        return self.known(numpy.array(addresses, numpy.intp))
