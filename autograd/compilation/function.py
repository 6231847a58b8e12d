"""jit: a function that is recorded while it runs, and then runs as the code that was recorded.

>>> from autograd import jit, value_and_grad
>>> slope = jit(value_and_grad(lambda w: w * w + 3 * w))
>>> [slope(w) for w in (1.0, 2.0, 3.0)]
[(4.0, 5.0), (10.0, 7.0), (18.0, 9.0)]
>>> slope.stats().compiled
1
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Mapping
from functools import update_wrapper
from types import MethodType
from typing import Any, Literal

from ..modes import UNUSUAL, is_plain, is_unrecorded
from ..text import shown
from .arguments import Ints, NotCompiled, has_ints, objects_in, place, read, values_in
from .choice import BACKENDS, Backend, TooLong, chosen
from .nests.nest import NotNested
from .program import Unrepeatable, insert
from .python.prelude import prelude
from .readers import OTHER
from .recording.record import Guard, Run, uncollected
from .recording.surroundings import Surroundings
from .recording.traced import positions, traced_call
from .recordings import Recordings
from .results import Stats, agree, has_nan
from .runners import DrawingRunner, ForkLock, Runner

__all__ = ["Jitted", "Stats", "jit"]

MOST_RECORDINGS = 20
MOST_REFUSALS = 3
DOUBT = "a derivative is nan, perhaps as one of a side of a branch that was not taken"


def jit(f: Callable[..., Any], *, backend: Backend | None = None) -> Jitted:
    """Return a function like `f` that becomes faster: what its runs do with numbers is compiled.

    The first two runs that go the same way through `f` are recorded; from the third on, compiled code runs instead. A
    comparison of numbers, or a look at `.data`, is compared in it, and another outcome is recorded as another way. Put
    `grad`, `value_and_grad`, `hessian` and so on inside: `jit(value_and_grad(loss))`.

    Floats in the arguments, also in lists, tuples, dicts, dataclasses and NumPy arrays, are inputs. So are whole
    numbers, if they are used as numbers, or as an index by `take`; a look at one, such as `rows[i]`, is like one at
    `.data`. Texts and other objects are constants, for each of which there is a recording. Values that `f` uses, such
    as the parameters of a network, are read anew at each call. If other variables around `f` change, it is recorded
    again.

    What cannot be compiled runs as it is, and `stats()` says why: random numbers other than those of `nn.Dropout`,
    results that are Values, changes of variables. A function should do nothing but compute, since compiled code does
    not print or append to a list.

    Args:
        f: a function of numbers.
        backend: what compiled code is: "python", "numpy" or "c"; by default what suits the function.

    Returns:
        A function of the same arguments with the same results. `stats()` says what it did, `source()` shows it as
        Python code.

    >>> square = jit(lambda x: x * x if x > 0.0 else 0.0 * x)
    >>> [square(x) for x in (1.0, 2.0, -3.0, 4.0)]
    [1.0, 4.0, -0.0, 16.0]
    """
    if not callable(f):
        raise TypeError(f"jit takes a function, but got {shown(f)}: write jit(f)(x), not jit(f(x))")
    if backend not in (None, *BACKENDS):
        raise ValueError(f"jit's backend must be one of {', '.join(BACKENDS)}, or None, but got {shown(backend)}")
    return Jitted(f, backend)


class Jitted:
    """The result of `jit`."""

    is_compiled = True

    def __init__(self, f: Callable[..., Any], backend: Backend | None = None, infers: bool = False) -> None:
        self.f = f
        self.backend: Backend | None = backend
        self._infers = infers  # for calls inside no_grad(), where Values in the result have no graph
        self._inference: Jitted | None = None
        self._recordings: dict[Any, Recordings] = {}
        self._runners: tuple[Runner, ...] = ()  # replaced as a whole, since other threads read it
        self._count = self._refusals = self._others = self._compiled = self._recorded = 0
        self._misses: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._notes: list[str] = []
        self._stopped = ""
        self._is_careful = False
        self._lock = ForkLock()
        self._parameters = _parameters(f)
        self._numbers = frozenset(positions(f))
        self._ints: Ints = "inputs"
        update_wrapper(self, f, updated=())

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        if UNUSUAL and not is_plain() and not self._infers:
            return self._inside_a_mode(args, kwargs)
        for runner in self._runners:
            result = runner.call(runner, args, kwargs)
            if result.__class__ is not Guard:
                if self._is_careful and has_nan(result):
                    self._others += 1
                    return self._as_it_is(DOUBT, args, kwargs)
                self._compiled += 1
                return result
            if result is not OTHER:
                self._misses[_shown(result)] += 1
                return self._new(None, args, kwargs)
        return self._other(args, kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self if instance is None else MethodType(self, instance)

    def __reduce__(self) -> Any:
        return Jitted, (self.f, self.backend)  # recordings are made anew

    def __repr__(self) -> str:
        return f"<jit of {self.f!r}>"

    def stats(self) -> Stats:
        """Return what it did so far: recordings, guards, and why calls were not compiled."""
        runners = self._all_runners()
        found = Stats(
            self._compiled + self._others, self._compiled, self._recorded, self._count,
            sum(r.operations for r in runners), dict(self._misses), dict(self._reasons),
            sum(r.nests for r in runners), tuple(dict.fromkeys([r.backend for r in runners])),
            sum(r.seconds for r in runners), tuple(dict.fromkeys(self._notes)),
        )  # fmt: skip
        return found if self._inference is None else found.with_those_of(self._inference.stats())

    def source(self, language: Literal["python", "c"] = "python") -> str:
        """Return what was recorded as a program.

        Python code has the definitions of the functions that it calls, so that it runs by itself. Its parameters and
        results are plain numbers: those in the arguments one by one, then the Values that `f` uses. The results are
        those of `f`, then the derivatives, if `f` is a gradient. C code has a function for each way through `f`, which
        works on a buffer that begins with these parameters.

        Args:
            language: "python" or "c".

        Raises:
            RuntimeError: nothing was recorded yet, or it cannot be written in C.
        """
        if language not in ("python", "c"):
            raise ValueError(f"language must be 'python' or 'c', but got {shown(language)}")
        both = (self,) if self._inference is None else (self, self._inference)
        found = [r for jitted in both for r in jitted._recordings.values() if r.ends]
        if not found:
            reasons = "; ".join(self.stats().reasons) or "it was not called yet"
            raise RuntimeError(f"nothing of {self!r} was recorded ({reasons}): call it first")
        if language == "c":
            try:
                return "\n\n".join([text for r in found for text in r.in_c()])
            except NotNested as error:
                raise RuntimeError(f"{self!r} is not compiled as C ({error}): take source('python')") from error
        parts = [r.to_read() for r in found]
        functions: dict[str, Any] = {}
        for part in parts:
            functions |= part.functions
        texts = [part.text.replace("compiled", _name(self.f, i), 1) for i, part in enumerate(parts)]
        return "\n\n".join([prelude(functions).rstrip("\n") + "\n", *texts]).rstrip() + "\n"

    # --- one call ---

    def _inside_a_mode(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if is_unrecorded():
            if self._inference is None:
                self._inference = Jitted(self.f, self.backend, infers=True)
            return self._inference(*args, **kwargs)
        self._others += 1
        return self._as_it_is("it was called inside a recording, or something that watches", args, kwargs)

    def _other(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function with arguments that no generated code reads."""
        numbers: list[float] = []
        try:
            key = self._read(args, kwargs, numbers, None)
            found = self._recordings.get(key)
        except (NotCompiled, TypeError) as error:  # a key that cannot be hashed
            self._others += 1
            return self._as_it_is(str(error), args, kwargs)
        runner = found.runner if found is not None else None
        if found is not None and runner is not None and runner.better is not None:
            found.runner = runner = runner.better
            self._runners = self._all_runners()
        if runner is not None and not runner.plan.surroundings.change():
            result = runner.run(numbers)
            if result.__class__ is not Guard:
                if self._is_careful and has_nan(result):
                    self._others += 1
                    return self._as_it_is(DOUBT, args, kwargs)
                self._compiled += 1
                return result
            self._misses[_shown(result)] += 1
        return self._new(key, args, kwargs)

    def _new(self, key: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the function where no recording is right, and record it if that is still wanted."""
        self._others += 1
        if self._stopped:
            return self._as_it_is(self._stopped, args, kwargs)
        if not self._lock.acquired():
            return self._as_it_is("another thread was recording it", args, kwargs)
        try:
            return self._record(key or self._read(args, kwargs, [], None), args, kwargs)
        finally:
            self._lock.release()

    def _all_runners(self) -> tuple[Runner, ...]:
        return tuple([r.runner for r in list(self._recordings.values()) if r.runner is not None])

    def _as_it_is(self, reason: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        self._reasons[reason] += 1
        return self.f(*args, **kwargs)

    def _read(self, args: tuple[Any, ...], kwargs: Mapping[str, Any], numbers: list[float], names: Any) -> Any:
        if names is None and not kwargs and not self._numbers:
            return tuple([read(x, "", numbers, None, self._ints) for x in args])
        called = [self._parameters[i] if i < len(self._parameters) else f"x{i}" for i in range(len(args))]
        key = [read(x, called[i], numbers, names, self._ints_at(i)) for i, x in enumerate(args)]
        return (*key, *[(name, read(x, name, numbers, names, self._ints)) for name, x in kwargs.items()])

    def _ints_at(self, i: int) -> Ints:
        """Return what ints are in an argument."""
        return "floats" if i in self._numbers else self._ints

    @uncollected()
    def _record(self, key: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        """Run the function on Values and write down what it does; return the result as if it ran as it is."""
        numbers: list[float] = []
        names: list[str] = []
        self._read(args, kwargs, numbers, names)
        recordings = self._recordings.setdefault(key, Recordings())
        if recordings.surroundings is not None and (name := recordings.surroundings.change()):
            self._misses[f"the variable {name}"] += 1
            recordings.forget()
        surroundings = Surroundings((self.f, *objects_in(key)))
        if surroundings.refused:
            return self._refuse(surroundings.refused, args, kwargs)
        ints_are_inputs = self._ints == "inputs" and has_ints(key)
        if ints_are_inputs and surroundings.asks_classes:
            self._ints = "constants"  # rather than Wholes, whose class is another one
            return self._record(self._read(args, kwargs, [], None), args, kwargs)
        known, run = len(recordings.leaves), Run(numbers, recordings.leaves, draws=recordings.draws)
        run.has_conditions = not surroundings.asks_identity
        traced = iter(run.inputs)
        called, named, result, changed, failure, raised = (), dict[str, Any](), None, "", "", ""
        try:
            called = tuple([place(x, traced, self._ints_at(i)) for i, x in enumerate(args)])
            named = {name: place(x, traced, self._ints) for name, x in kwargs.items()}
            result, recordings.wanted, recordings.gradients = traced_call(
                self.f, run, called, named, args, self._infers
            )
            changed = surroundings.change_by_run(run.draws)
            if list(map(id, values_in([*called, *named.values()]))) != list(map(id, run.inputs)):
                raise NotCompiled("it changes its arguments: return what is new")
        except NotCompiled as error:
            failure = str(error)
        except Exception as error:
            failure = f"with Values for its arguments it raises {type(error).__name__}: {error}"
            raised = repr(error)
        if failure:  # outside of the handler, so that an error of the function is shown alone
            run.rewind()
            surroundings.restore()  # what the run did is done by the function itself, which runs now
            del recordings.leaves[known:]
            if raised and ints_are_inputs:
                result = self.f(*args, **kwargs)  # which may raise the same error
                self._ints = "constants"
                self._notes.append(f"whole numbers are constants: as inputs they lead to {raised}")
                return result
            return self._refuse(failure, args, kwargs)
        if changed:
            reason = f"it changes {changed}: pass what it starts from as an argument, and return what is new"
            if surroundings.restore():
                run.rewind()
                del recordings.leaves[known:]
                return self._refuse(reason, args, kwargs)
            run.refuse(reason)
        del called, named, traced
        self._is_careful = self._is_careful or run.is_careful
        if run.is_doubtful or (run.is_careful and has_nan(result)):
            del result, recordings.leaves[known:]
            return self._as_it_is(DOUBT, args, kwargs)
        steps = run.without_temporaries(known)
        if run.refused:
            self._note_refusal(run.refused)
            return result
        self._recorded += 1
        recordings.draws = run.draws
        try:
            runner = self._keep(key, recordings, run, steps, names, surroundings)
            if runner is not None:
                # if all numbers are differentiated by, they are Values in any case, and the run itself is that of f
                is_eager = recordings.wanted is not None and len(recordings.wanted) == len(numbers)
                with run.drawn_again():
                    expected = self._expected(lambda: result if is_eager else self.f(*args, **kwargs))
                with run.drawn_again():
                    self._check(runner, numbers, args, kwargs, expected)
                recordings.runner = runner
        except Unrepeatable as error:
            recordings.forget()
            self._note_refusal(str(error))
        self._runners = self._all_runners()
        return result

    def _expected(self, run: Callable[[], Any]) -> Any:
        """Return what the function itself gives."""
        try:
            return run()
        except Exception as error:
            raise Unrepeatable(f"it raises {type(error).__name__} for floats, but not for Values: {error}") from error

    def _check(self, runner: Runner, numbers: list[float], args: tuple[Any, ...], kwargs: Any, expected: Any) -> None:
        """Compare compiled code with the function itself before the one takes the place of the other."""
        found = runner.call(runner, args, kwargs)
        if found is OTHER:
            found = runner.run(numbers)
        if isinstance(found, Guard):
            raise Unrepeatable(f"it went another way at {_shown(found)} than with Values for its arguments")
        if not agree(found, expected):
            raise Unrepeatable(
                "its result for floats is not that for Values: avoid isinstance and math in it, and take its functions "
                "from autograd"
            )

    def _keep(
        self, key: Any, recordings: Recordings, run: Run, steps: Any, names: list[str], surroundings: Surroundings
    ) -> Runner | None:
        """Add a run to the recordings; return compiled code if this way was seen for the second time."""
        end, new = insert(recordings.root, steps, len(names))
        if new is not None and recordings.runner is None:  # else it was counted
            self._misses[_shown(new)] += 1
        if end.seen == 1:
            self._count += 1
            recordings.ends.append(end)
            recordings.labels = {**run.labels, **recordings.labels}
        recordings.inputs, recordings.surroundings = names, surroundings
        if self._count >= MOST_RECORDINGS:
            self._stopped = (
                f"it went {self._count} different ways, which is too many to record: write relu(z), maximum(a, b) or "
                "where(condition, a, b) for an `if` on numbers, take(rows, i) for rows[i], and do not read .data"
            )
        if end.seen != 2:
            return None
        plan = recordings.plan(key, surroundings, _name(self.f, 0))
        try:
            runner = chosen(plan, self.backend, recordings.nested, self._notes)
            return DrawingRunner(runner, run.draws) if run.draws else runner
        except TooLong as error:
            self._stopped = str(error)
            return None

    def _refuse(self, reason: str, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> Any:
        self._note_refusal(reason)
        return self.f(*args, **kwargs)

    def _note_refusal(self, reason: str) -> None:
        self._reasons[reason] += 1
        self._refusals += 1
        if self._refusals >= MOST_REFUSALS:
            self._stopped = reason


def _parameters(f: Any) -> list[str]:
    try:
        found = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):
        return []
    return [p.name for p in found if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]


def _name(f: Any, i: int) -> str:
    name = getattr(f, "__name__", "")
    return f"{name if name.isidentifier() else 'f'}{i + 1 if i else ''}"


def _shown(guard: Guard) -> str:
    return guard.line.replace("\\", "/").rpartition("/")[2]
