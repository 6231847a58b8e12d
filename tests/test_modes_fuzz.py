"""Contexts that open and end in any order, in threads and tasks: each mode holds exactly as long as its own is open.

A story is a random sequence of steps in several places, each with its own context variables: fresh ones, copies of
another place's as a task gets them, and threads. Generators open `no_grad`, `recording`, `watched_by`,
`detect_anomaly` and `speaking`, one inside another, and are resumed, closed, hit by an error or dropped in whichever
place the story says, some of them while `grad` calls its function. The oracle is a list of what was opened in each
place: on each subject the latest that is still open decides.

FUZZ_COUNT is the number of stories (default 400), FUZZ_SEED the seed of the first one (default 0).
"""

import contextvars
from concurrent.futures import ThreadPoolExecutor

import pytest
from fuzzing import seed_and_count

from autograd import Value, detect_anomaly, grad, no_grad
from autograd.language import chosen, speaking
from autograd.modes import is_plain, is_recording, recording, watched_by, watcher

STEPS = 25


class Spy:
    """A watcher that counts."""

    def __init__(self):
        self.seen = 0

    def forward(self, op, operands, result):
        self.seen += 1

    def backward(self, gradients):
        self.seen += 1


class Opened:
    """What the oracle knows of a context: its subject, what it says, and whether it is open."""

    def __init__(self, subject, says):
        self.subject, self.says, self.is_open = subject, says, True


class Place:
    """Somewhere with its own context variables, and what was opened there, first things first."""

    def __init__(self, run, opened=()):
        self.run, self.opened = run, list(opened)

    def expected(self, subject, otherwise):
        says = [opened.says for opened in self.opened if opened.subject == subject and opened.is_open]
        return says[-1] if says else otherwise


class Holder:
    """A generator that opens one context inside another, each time that it is resumed, and then ends them one by one.

    Attributes:
        opened: what it holds open, innermost last.
        place: where the story is when it is resumed.
    """

    def __init__(self, kinds):
        self.opened = []
        self.place = None
        self.generator = self._hold(kinds)

    def _hold(self, kinds):
        kind, *inner = kinds
        context, subject, says = kind()
        opened = Opened(subject, says)
        try:
            with context:
                self.opened.append(opened)
                self.place.opened.append(opened)
                yield
                if inner:
                    yield from self._hold(inner)
                    yield
        finally:
            opened.is_open = False
            self.opened.remove(opened)

    def step(self, how):
        if how == "resume":
            next(self.generator, None)
        elif how == "close":
            self.generator.close()
        elif how == "drop":
            self.generator = None
        else:
            with pytest.raises(ZeroDivisionError):
                self.generator.throw(ZeroDivisionError)


def anomalies():
    return detect_anomaly(), "watcher", "anomalies"


def spy():
    by = Spy()
    return watched_by(by), "watcher", by


KINDS = [
    lambda: (no_grad(), "recording", False),
    lambda: (no_grad(), "recording", False),
    lambda: (recording(), "recording", True),
    anomalies,
    spy,
    lambda: (watched_by(None), "watcher", None),
    lambda: (speaking("zh"), "language", "zh"),
    lambda: (speaking("en"), "language", "en"),
]


class Story:
    """A random sequence of steps; `told` is what happened, for the message."""

    def __init__(self, rng, pools):
        self.rng = rng
        self.places = [Place(contextvars.Context().run)]
        self.places += [Place(lambda f, pool=pool: pool.submit(f).result()) for pool in pools]
        self.inside = []  # the places that the story is in, the current one last
        self.holders = []
        self.told = []

    def tell(self):
        for _ in range(STEPS):
            self.step()
        while self.holders:
            self.at(self.rng.choice(self.places), lambda: self.end(self.holders[-1], "close"))
        for place in self.places:
            assert not any(opened.is_open for opened in place.opened)
            self.at(place, self.check)
            assert place.run(is_plain), "with no context open, operations stay slow"

    def step(self):
        rng = self.rng
        places = [place for place in self.places if place not in self.inside[:-1]]  # only the last can go on
        place = rng.choice(places)
        act = rng.choices([self.open, self.resume, self.copy, self.differentiate], [4, 6, 1, 1])[0]
        self.at(place, act)
        for other in places:
            self.at(other, self.check)

    def at(self, place, act):
        if self.inside and place is self.inside[-1]:
            act()
        else:
            self.inside.append(place)
            try:
                place.run(act)
            finally:
                self.inside.pop()

    @property
    def place(self):
        return self.inside[-1]

    def note(self, what):
        self.told.append(f"place {self.places.index(self.place)}: {what}")

    def open(self):
        holder = Holder(self.rng.choices(KINDS, k=self.rng.choice([1, 1, 2, 3])))
        self.holders.append(holder)
        self.end(holder, "resume")

    def resume(self):
        if self.holders:
            self.end(self.rng.choice(self.holders), self.rng.choice(["resume", "resume", "close", "drop", "error"]))

    def end(self, holder, how):
        before = list(holder.opened)
        holder.place = self.place
        holder.step(how)
        began = [f"{o.subject}={o.says}" for o in holder.opened if o not in before]
        ended = [f"{o.subject}={o.says}" for o in before if o not in holder.opened]
        self.note(f"{how}, begins {began}, ends {ended}")
        if not holder.opened:
            self.holders.remove(holder)

    def copy(self):
        if len(self.places) < 6:
            self.note("copied")
            self.places.append(Place(contextvars.copy_context().run, self.place.opened))

    def differentiate(self):
        if len(self.inside) > 3:
            return
        place, own = self.place, Opened("recording", True)

        def f(x):
            place.opened.append(own)
            for _ in range(self.rng.randrange(4)):
                self.step()
            recorded[0] = place.expected("recording", True)
            return x * x

        self.note("grad begins")
        recorded = [True]
        slope = grad(f)(2.0)
        own.is_open = False
        self.note("grad ends")
        assert slope == (4.0 if recorded[0] else 0.0)

    def check(self):
        """Everything that is to be seen of the modes in this place is as the oracle says.

        No operation here opens a context, as 1/0 does, since that would tidy up after contexts that ended elsewhere.
        """
        records = self.place.expected("recording", True)
        by = self.place.expected("watcher", None)
        seen = by.seen if isinstance(by, Spy) else 0
        x = Value(2.0)
        try:
            found = "no anomalies"
            Value(1e308) * 10.0
        except RuntimeError:
            found = "anomalies"
        assert (found == "anomalies") == (by == "anomalies")
        y = x * 3
        assert bool(y.parents) == records == is_recording()
        y.backward()
        assert x.grad == (3.0 if records else 0.0)
        assert watcher() is by or by == "anomalies" == found
        assert not isinstance(by, Spy) or by.seen == seen + 3
        assert chosen(None) == self.place.expected("language", "en")
        assert not is_plain() or (records and by is None)


@pytest.mark.slow
def test_a_mode_holds_exactly_as_long_as_its_context_is_open():
    rng, count = seed_and_count(400)
    for _ in range(count):
        seed = rng.getrandbits(32)
        with ThreadPoolExecutor(1) as first, ThreadPoolExecutor(1) as second:
            story = Story(rng.__class__(seed), [first, second])
            try:
                story.tell()
            except Exception as error:
                error.add_note("\n".join([f"the story of seed {seed}:", *story.told]))
                raise
