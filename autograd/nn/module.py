"""Module: has parameters, and finds those of the modules inside it.

>>> from autograd import nn
>>> class Network(nn.Module):
...     def __init__(self):
...         self.hidden = nn.Linear(2, 8)
...         self.activation = nn.Tanh()
...         self.output = nn.Linear(8, 1)
...
...     def forward(self, x):
...         return self.output(self.activation(self.hidden(x)))
>>> list(Network().state_dict())
['hidden.weight', 'hidden.bias', 'output.weight', 'output.bias']

Attributes are found in the order of their assignment: modules, Parameters, and lists, tuples and dicts of them. A
nested list of Parameters is one entry of the state, named after its attribute.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, ParamSpec, Self, TypeVar

from ..spelling import spelled
from ..text import listed, printable, shown
from ..value import Value
from .arrays import data, fitting, flat, numbered, plain
from .arrays import shape as shape_of
from .parameter import Parameter, claim, claiming

if TYPE_CHECKING:
    from ..signatures import Forward

__all__ = ["IncompatibleKeys", "Module", "Parameter"]

T = TypeVar("T")
P = ParamSpec("P")
R = TypeVar("R")

LINES = 10  # the number of entries of each kind that an error names


class IncompatibleKeys(NamedTuple):
    """The names that `load_state_dict(..., strict=False)` passed over."""

    missing_keys: list[str]
    unexpected_keys: list[str]


class Module:
    """The base of everything with parameters: define `forward`, and call the module.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         self.slope, self.offset = Parameter(2.0), Parameter(1.0)
    ...
    ...     def forward(self, x):
    ...         return self.slope * x + self.offset
    >>> line = Line()
    >>> line(3.0).data
    7.0
    >>> line.state_dict()
    {'slope': 2.0, 'offset': 1.0}
    """

    training: bool = True
    _buffers: tuple[str, ...] = ()
    _bools: ClassVar[bool] = True  # whether True and False can be loaded into buffers, as into a mask

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "__init__" in vars(cls):
            type.__setattr__(cls, "__init__", claiming(vars(cls)["__init__"]))

    def __setstate__(self, state: Any) -> None:
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        vars(self).update(attributes or {})
        for name, x in (slots or {}).items():
            setattr(self, name, x)
        claim(self)

    def __call__(self: Forward[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Return `forward` of the same arguments."""
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the result of the module; every subclass defines its own."""
        raise NotImplementedError(f"{type(self).__name__} has no forward(): define it")

    # --- parameters, buffers and modules inside ---

    def _members(self) -> Iterator[tuple[str, Any]]:
        """The modules and the arrays of parameters that belong to this module directly, with their names."""
        for name, value in vars(self).items():
            if name not in self._buffers:
                yield from _found(name, value)

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Yield the modules directly inside, each once, with their names."""
        seen: set[Module] = set()
        for name, member in self._members():
            if isinstance(member, Module) and member not in seen:
                seen.add(member)
                yield name, member

    def children(self) -> Iterator[Module]:
        """Yield the modules directly inside, each once."""
        return (child for _, child in self.named_children())

    def named_modules(self, prefix: str = "", remove_duplicate: bool = True) -> Iterator[tuple[str, Module]]:
        """Yield this module, named `prefix`, and all inside it, such as ("layers.0", Linear)."""
        yield from self._distinct(prefix, _named_modules(prefix, self, set() if remove_duplicate else None))

    def modules(self) -> Iterator[Module]:
        """Yield this module and all inside it, each once."""
        return (module for _, module in _named_modules("", self, set()))

    def named_parameters(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Value]]:
        """Yield every parameter once with its name, such as "layers.0.weight[2][1]".

        Args:
            prefix: a prefix for the names.
            recurse: with False, the parameters that belong to this module directly.

        Raises:
            ValueError: two parameters have the same name; the message says where they are.
        """
        yield from self._distinct(prefix, self._named_parameters(prefix, recurse))

    def _named_parameters(self, prefix: str, recurse: bool) -> Iterator[tuple[str, Value]]:
        seen: set[Value] = set()
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name, member in module._members():
                if not isinstance(member, Module):
                    for index, value in numbered(member):
                        if value not in seen:
                            seen.add(value)
                            yield _join(path, name) + index, value

    def parameters(self, recurse: bool = True) -> list[Value]:
        """Return every parameter once, a module's own before those of the modules inside it."""
        found: dict[Value, None] = {}
        for module in self.modules() if recurse else [self]:
            for _, member in module._members():
                if not isinstance(member, Module):
                    found.update(dict.fromkeys(flat(member)))
        return list(found)

    def register_buffer(self, name: str, value: Any) -> None:
        """Set an attribute that is saved with the parameters but not trained: a number or nested lists of numbers."""
        if not name.isidentifier() or hasattr(self, name):
            raise ValueError(f"a buffer's name must be a new attribute of {type(self).__name__}, but got {shown(name)}")
        setattr(self, name, self._checked_buffer(name, plain(value, f"buffer {name!r}")))
        self._buffers = (*self._buffers, name)

    def _checked_buffer(self, name: str, numbers: Any) -> Any:
        """The numbers of a buffer that is registered or loaded; a module raises a ValueError for impossible ones."""
        return numbers

    def named_buffers(self, prefix: str = "", recurse: bool = True) -> Iterator[tuple[str, Any]]:
        """Yield what `register_buffer` set, here and in all modules inside, with their names."""
        for path, module in self.named_modules(prefix) if recurse else [(prefix, self)]:
            for name in module._buffers:
                yield _join(path, name), getattr(module, name)

    def _distinct(self, prefix: str, named: Iterable[tuple[str, T]]) -> Iterator[tuple[str, T]]:
        """The same pairs of names and objects; a ValueError if two objects have one name."""
        taken: dict[str, T] = {}
        for name, x in named:
            if taken.setdefault(name, x) is not x:
                places = [place for found, place in _places(prefix, "model", self) if found == name]
                raise ValueError(
                    f"names are joined with dots, so {shown(name)} would name two parts of a {type(self).__name__}: "
                    f"{listed(places)}; rename a key or an attribute"
                )
            yield name, x

    # --- operations on all of it ---

    def train(self, mode: bool = True) -> Self:
        """Set `training` here and in all modules inside: Dropout and BatchNorm1d behave differently."""
        if not isinstance(mode, bool):
            raise TypeError(f"train() takes True or False, but got {shown(mode)}")
        for module in self.modules():
            module.training = mode
        return self

    def eval(self) -> Self:
        """Set `training` to False: the module is used, not trained."""
        return self.train(False)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Set the gradient of every parameter to 0.0, also with `set_to_none`: None is 0.0 here."""
        for p in self.parameters():
            p.grad = 0.0

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` with every module inside, innermost first, then with this one; for `nn.init`."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    # --- its state ---

    def _entries(self) -> dict[str, tuple[Module, str, Any]]:
        """The entries of the state: for each name the module, the attribute of the module, and its value."""
        owners: dict[str, tuple[Module, str]] = {}

        def found() -> Iterator[tuple[str, Any]]:
            for path, module in self.named_modules(remove_duplicate=False):
                own = [(name, member) for name, member in module._members() if not isinstance(member, Module)]
                for name, member in [*own, *((name, getattr(module, name)) for name in module._buffers)]:
                    owners[_join(path, name)] = (module, name)
                    yield _join(path, name), member

        return {name: (*owners[name], member) for name, member in self._distinct("", found())}

    def state_dict(self) -> dict[str, Any]:
        """Return the numbers of all parameters and buffers, as nested lists of floats under PyTorch's names."""
        return {name: data(member) for name, (_, _, member) in self._entries().items()}

    def load_state_dict(self, state: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Set all parameters and buffers to the numbers of `state`; gradients stay.

        Args:
            state: a result of `state_dict`, PyTorch's included, or NumPy arrays under the same names.
            strict: whether all names must be there, and no others.

        Returns:
            The names that were missing and those that were unexpected.

        Raises:
            ValueError: the state does not fit; the message names the entries that do not. Nothing is changed.
        """
        if not isinstance(state, Mapping):
            raise TypeError(f"load_state_dict takes a dict of names and numbers, but got {shown(state)}")
        entries = self._entries()
        missing = [name for name in entries if name not in state]
        unexpected = [name for name in state if name not in entries]
        problems = [*_first(missing, "missing: "), *_first(unexpected, "unexpected: ")] if strict else []
        loaded: dict[str, Any] = {}
        unfit: dict[str, Exception] = {}
        for name, (module, attribute, member) in entries.items():
            if name in state:
                try:
                    numbers = fitting(member, state[name], module._bools)
                    is_buffer = attribute in module._buffers
                    loaded[name] = module._checked_buffer(attribute, numbers) if is_buffer else numbers
                except (TypeError, ValueError) as error:
                    unfit[name] = error
        problems += _first(unfit, "", lambda name: f": {unfit[name]}")
        if problems:
            hint = "; strict=False passes over missing and unexpected names" if strict else ""
            raise ValueError(
                f"this state does not fit {type(self).__name__}, so nothing was changed{hint}:\n  "
                + "\n  ".join(problems)
            )
        for name, numbers in loaded.items():
            module, attribute, member = entries[name]
            if attribute in module._buffers:
                setattr(module, attribute, numbers)
            else:
                for value, new in zip(flat(member), flat(numbers), strict=True):
                    value.data = new
        return IncompatibleKeys(missing, unexpected)

    # --- as text ---

    def extra_repr(self) -> str:
        """Return the text that `repr` shows between the parentheses, such as the sizes."""
        return ""

    def _tree(self) -> str:
        lines = [f"({printable(name)}): {child._tree()}".replace("\n", "\n  ") for name, child in self.named_children()]
        extra = self.extra_repr()
        inside = "".join(f"\n  {line}" for line in ([extra, *lines] if extra else lines)) + "\n" if lines else extra
        return f"{type(self).__name__}({inside})"

    def __repr__(self) -> str:
        count = len(self.parameters())
        tree = spelled(printable(self._tree(), lines=True))
        return tree + (f"  # {count:,} parameter{'s' * (count != 1)}" if count else "")

    def _repr_html_(self) -> str:
        from ..view.glance import module_html

        return module_html(self)


def _first(names: Collection[str], before: str, after: Callable[[str], str] = lambda name: "") -> list[str]:
    """A line for each of the first names, and one for the rest."""
    lines = [f"{before}{shown(name)}{after(name)}" for name in islice(names, LINES)]
    return [*lines, f"{before}{len(names) - LINES:,} more"] if len(names) > LINES else lines


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _found(name: str, x: Any) -> Iterator[tuple[str, Any]]:
    """The modules and arrays of Parameters in an attribute."""
    if isinstance(x, (Module, Parameter)) or _is_array(x):
        yield name, x
    elif isinstance(x, (list, tuple, dict)):
        for key, item in x.items() if isinstance(x, dict) else enumerate(x):
            yield from _found(f"{name}.{key}", item)


def _is_array(x: Any) -> bool:
    """Whether x is Parameters in nested lists, all of one shape."""
    if not isinstance(x, (list, tuple)) or not x:
        return False
    if isinstance(x[0], Parameter):
        return all(isinstance(item, Parameter) for item in x)
    return all(_is_array(item) for item in x) and len({shape_of(item) for item in x}) == 1


def _places(name: str, place: str, x: Any) -> Iterator[tuple[str, str]]:
    """Everything in x that has a dotted name, with the place where Python finds it."""
    if isinstance(x, Module):
        yield name, place
        usual = type(x)._members is Module._members
        for key, item in vars(x).items() if usual else x._members():
            where = f"{place}.{key}" if key.isidentifier() else f"{place}[{key!r}]"
            yield from [(_join(name, key), where)] if key in x._buffers else _places(_join(name, key), where, item)
    elif isinstance(x, Parameter) or _is_array(x):
        yield name, place
        yield from ((name + inside, place + inside) for inside, _ in numbered(x) if inside)
    elif isinstance(x, (list, tuple, dict)):
        items: Iterable[tuple[Any, Any]] = x.items() if isinstance(x, dict) else enumerate(x)
        for index, item in items:
            yield from _places(f"{name}.{index}", f"{place}[{index!r}]", item)


def _named_modules(path: str, module: Module, seen: set[Module] | None) -> Iterator[tuple[str, Module]]:
    if seen is not None:
        if module in seen:
            return
        seen.add(module)
    yield path, module
    for name, member in module._members():
        if isinstance(member, Module):
            yield from _named_modules(_join(path, name), member, seen)
