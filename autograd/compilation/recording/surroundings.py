"""What a function uses besides its arguments: variables around it, attributes, lists; and whether these have changed.

A recording has their numbers as constants, so it holds as long as they do. They are found through the function's code
and compared by identity, which takes some nanoseconds each; the numbers of Values are not among them, since they are
read anew at each call.
"""

from __future__ import annotations

import builtins
import itertools
import random
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from functools import partial
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from ...primitives import TABLE, Primitive
from ...value import Value
from .draws import Drawn, moved
from .looks import (
    PLAIN,
    Look,
    at_array,
    at_attribute,
    at_call,
    at_cell,
    at_entry,
    at_function,
    at_items,
    contents,
    first_change,
    is_same,
)  # fmt: skip

__all__ = ["Surroundings"]

FOREIGN = {"autograd", "numpy", *sys.stdlib_module_names} - {"__main__"}  # modules whose code has no state of the user
DYNAMIC = frozenset({"globals", "locals", "vars", "eval", "exec"})  # builtins through which code sees any variable
MOST = 1_000_000  # objects


class Surroundings:
    """What a function uses besides its arguments, as it is now.

    Attributes:
        refused: why it cannot be compared, "" if it can.
        looks: what has to be the same still; a list that never is another one.
        asks_classes: whether its code may ask for the class of a number, otherwise than by `isinstance`.
        asks_identity: whether some of its code asks if something `is True` or `is False`.
    """

    def __init__(self, function: Any) -> None:
        self.refused, self.asks_classes = "", False
        self.asks_identity = False
        self.looks: list[Look] = []
        self._states: list[tuple[Look, Any]] = [(at_call("the random numbers of all", _random_state), None)]
        self._generators = list(_shared_generators())  # functions that let them be as they are now
        self._seen: dict[int, Any] = {}  # with the objects, so that no other one gets the identity of one
        stack: list[tuple[str, Any, frozenset[str]]] = [("f", function, frozenset())]
        while stack and not self.refused:
            name, x, names = stack.pop()
            if type(x) in PLAIN or isinstance(x, Value) or id(x) in self._seen:
                continue
            self._seen[id(x)] = x
            if len(self._seen) > MOST:
                self.refused = "it uses more objects than can be compared at each call: pass them as arguments"
            stack += self._look_at(name, x, names)
            if type(x).__module__ != "builtins" and isinstance(x, (list, tuple, dict, set, frozenset, float, int, str)):
                stack += self._object(name, x, names)  # attributes that a class of the user adds to these

    def let_change(self, owner: Any, name: str) -> None:
        """Do not look at an attribute of a layer that changes in each run."""
        holders = vars(owner), vars(owner)[name]
        is_of = [look.holder is holders[1] or (look.holder is holders[0] and look.key == name) for look in self.looks]
        self.looks[:] = [look for look, leaves in zip(self.looks, is_of, strict=True) if not leaves]

    def change_by_run(self, draws: Sequence[Drawn] = ()) -> str:
        """Return the name of something that a run of the function has changed, random numbers included.

        Args:
            draws: the random numbers that layers drew in it.
        """
        generators = {id(each.generator): each.generator for each in draws}
        for state, generator in self._states:
            found = generators.pop(id(generator), None)
            those = [each for each in draws if each.generator is found]
            if state.found() != (moved(state.expected, those) if those else state.expected):
                return state.name
        return "a generator of random numbers that it makes itself" if generators else self.change()

    def restore(self) -> bool:
        """Undo what a run of the function has changed; return whether all of it could be undone."""
        is_whole = True
        for restore in self._generators:
            restore()
        for look in self.looks:
            found = look.found()
            if found is not look.expected and not is_same(found, look.expected):
                is_whole = look.restore() and is_whole
        return is_whole

    def change(self) -> str:
        """Return the name of something that has changed, "" if nothing has."""
        at = first_change(self.looks, 0)
        while at >= 0:
            look, found = self.looks[at], self.looks[at].found()
            if not is_same(found, look.expected):
                return look.name
            self.looks[at] = look._replace(expected=found)
            at = first_change(self.looks, at + 1)
        return ""

    def _look_at(self, name: str, x: Any, names: frozenset[str]) -> Iterator[tuple[str, Any, frozenset[str]]]:
        """Remember what x holds; yield what has to be looked at in turn, with the names that code asks modules for."""
        if isinstance(x, FunctionType):
            yield from self._function(x)
        elif isinstance(x, MethodType):
            yield from ((x.__qualname__, part, names) for part in (x.__func__, x.__self__))
        elif isinstance(x, partial):
            yield from ((name, part, names) for part in (x.func, x.args, x.keywords))
        elif isinstance(x, property):
            yield from ((name, part, names) for part in (x.fget, x.fset))
        elif isinstance(x, (staticmethod, classmethod)):
            yield name, x.__func__, names
        elif isinstance(x, ModuleType):
            if not _is_foreign(x.__name__):
                yield from self._entries(name, vars(x), [key for key in sorted(names) if key in vars(x)], names)
        elif isinstance(x, type):
            if not _is_foreign(x.__module__):
                keys = [k for k, item in vars(x).items() if k[:2] != "__" or isinstance(item, FunctionType)]
                yield from self._entries(name, vars(x), keys, names)
                yield from ((base.__name__, base, names) for base in x.__bases__)
        elif isinstance(x, (list, set)):
            self.looks.append(at_items(name, x))
            yield from ((name, item, names) for item in x if item.__class__ is not float)
        elif isinstance(x, (tuple, frozenset)):
            yield from ((name, item, names) for item in x if item.__class__ is not float)
        elif isinstance(x, Mapping):
            self.looks.append(at_items(name, x))
            yield from ((f"{name}[{key!r}]", item, names) for key, item in x.items())
        elif isinstance(x, Primitive):
            if TABLE.get(x.name) is not x:
                yield from ((x.name, part, names) for part in (x.value, x.rules, x.all_partials))
        elif isinstance(x, random.Random):
            self._states.append((at_call(name, x.getstate), x))
            self._generators.append(partial(x.setstate, x.getstate()))
        elif _is_of_numpy(x) and hasattr(x, "tobytes"):
            self.looks.append(at_array(name, x))
            if x.dtype.kind == "O":
                yield from ((name, item, names) for item in x.flat)
        elif _is_of_numpy(x) and hasattr(x, "bit_generator"):
            self._states.append((at_call(name, lambda: repr(x.bit_generator.state)), None))
            self._generators.append(partial(setattr, x.bit_generator, "state", x.bit_generator.state))
        elif hasattr(type(x), "is_compiled"):  # a function of jit, which counts its calls
            yield name, x.f, names
        elif isinstance(x, BuiltinFunctionType):  # perhaps a method of something
            yield name, x.__self__, names
        elif isinstance(x, range):
            pass
        elif isinstance(x, Collection):
            self.looks.append(at_items(name, x))
        elif isinstance(x, Iterator):
            self.refused = f"it uses the iterator {name}, which changes unseen: make it a list"
        else:
            yield from self._object(name, x, names)

    def _function(self, f: FunctionType) -> Iterator[tuple[str, Any, frozenset[str]]]:
        if _is_foreign(f.__globals__.get("__name__") or ""):  # that of its code: a wrapper has another __module__
            yield from (
                (f.__qualname__, contents(cell), frozenset())
                for cell in f.__closure__ or ()
                if contents(cell) is not cell
            )
            return
        names = frozenset(_names(f.__code__))
        self.asks_classes = self.asks_classes or "__class__" in names or bool(_variables(f.__code__, {"type"}))
        for variable, cell in zip(f.__code__.co_freevars, f.__closure__ or (), strict=True):
            self.looks.append(at_cell(variable, cell))
            yield variable, contents(cell), names
        yield from self._entries("", f.__globals__, [key for key in sorted(names) if key in f.__globals__], names)
        if dynamic := _variables(f.__code__, DYNAMIC) - f.__globals__.keys():
            self.refused = f"it calls {min(dynamic)}(), which may look at anything: use the variables by their names"
        package = f.__globals__.get("__package__") or ""
        for key in sorted(names - f.__globals__.keys()):  # modules that are imported inside
            for module in (key, f"{package}.{key}"):
                if module in sys.modules:
                    yield module, sys.modules[module], names
        for key in sorted((names - f.__globals__.keys()) & vars(builtins).keys()):
            self.looks.append(at_entry(key, f.__globals__, key))
        self.asks_identity = self.asks_identity or _asks_identity(f.__code__)
        self.looks.append(at_function(f))
        yield f.__qualname__, (f.__defaults__, f.__kwdefaults__, f.__dict__), names

    def _object(self, name: str, x: Any, names: frozenset[str]) -> Iterator[tuple[str, Any, frozenset[str]]]:
        attributes = getattr(x, "__dict__", None)
        if isinstance(attributes, dict) and getattr(x, "_buffers", None):
            self.looks.append(at_call(name, lambda: tuple(attributes)))
            yield from self._entries(name, attributes, list(attributes), names)
        elif isinstance(attributes, dict):
            self.looks.append(at_items(name, attributes))
            yield from ((f"{name}.{key}", item, names) for key, item in attributes.items())
        slots = [
            slot
            for kind in type(x).__mro__
            if "__slots__" in vars(kind) and not _is_foreign(kind.__module__)
            for slot in (
                [vars(kind)["__slots__"]] if isinstance(vars(kind)["__slots__"], str) else vars(kind)["__slots__"]
            )
            if hasattr(x, slot)
        ]
        for slot in slots:
            self.looks.append(at_attribute(f"{name}.{slot}", x, slot))
            yield f"{name}.{slot}", getattr(x, slot), names
        yield type(x).__name__, type(x), names

    def _entries(
        self, name: str, found: Mapping[str, Any], keys: list[str], names: frozenset[str]
    ) -> Iterator[tuple[str, Any, frozenset[str]]]:
        for key in keys:
            full = f"{name}.{key}" if name else key
            self.looks.append(at_entry(full, found, key))
            yield full, found[key], names


def _is_of_numpy(x: Any) -> bool:
    return type(x).__module__.partition(".")[0] == "numpy"


def _is_foreign(module: str) -> bool:
    return module.partition(".")[0] in FOREIGN


def _names(code: CodeType) -> Iterator[str]:
    """Yield the names that code and the functions in it look up in modules and objects, also by `getattr`."""
    yield from code.co_names
    for item in code.co_consts:
        if isinstance(item, str) and item.isidentifier():
            yield item
        if isinstance(item, CodeType):
            yield from _names(item)


def _asks_identity(code: CodeType) -> bool:
    """Whether code may ask if something `is True`, which only a bool is."""
    from dis import get_instructions

    inner = [item for item in code.co_consts if isinstance(item, CodeType)]
    if any(item is True or item is False for item in code.co_consts):
        names = [(i.opname, i.argval) for i in get_instructions(code)]
        for (_, x), (name, _) in itertools.pairwise(names):
            if name == "IS_OP" and (x is True or x is False):
                return True
    return any(map(_asks_identity, inner))


def _variables(code: CodeType, among: Set[str]) -> set[str]:
    """Return those of some variables that code and the functions in it look up outside of functions."""
    if among.isdisjoint(_names(code)):  # as nearly always
        return set()
    from dis import get_instructions

    found = {i.argval for i in get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")} & among
    return found.union(*[_variables(item, among) for item in code.co_consts if isinstance(item, CodeType)])


def _shared_generators() -> Iterator[Callable[[], None]]:
    """Yield functions that let the generators that all code shares be as they are now."""
    yield partial(random.setstate, random.getstate())
    numpy: Any = sys.modules.get("numpy.random")
    if numpy is not None:
        yield partial(numpy.set_state, numpy.get_state())


def _random_state() -> list[Any]:
    """Return the state of the random number generators that all code shares."""
    found = [random.getstate()]
    numpy: Any = sys.modules.get("numpy.random")
    return [*found, repr(numpy.get_state())] if numpy is not None else found
