"""Define it in the folder and it exists.

An open set (operators, checks, distributions, geometries, backbones, data sets) is a
folder: each module in it defines one member, and other packages join by entry point.
"""

from __future__ import annotations

import difflib
import inspect
import pkgutil
from collections.abc import Iterable, Iterator
from importlib import import_module, metadata
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


class DuplicateMember(Exception):
    """Two members of one folder, or a folder and an entry point, share a name."""


def members(package: str, kind: type[T], group: str | None = None) -> dict[str, T]:
    """The instances of `kind` that the modules of `package` define, by name, sorted.

    A member's name is its `name`, else its `code`. `group` is an entry-point group
    through which other packages join, e.g. `"fmdsl.ops"`. Modules whose name starts
    with an underscore are not imported.
    """
    found: dict[str, T] = {}
    for owner, value in _candidates(package, group):
        if isinstance(value, kind) and not isinstance(value, type):
            _put(found, _name(value), value, owner)
    return dict(sorted(found.items()))


def classes(package: str, kind: type[T], group: str | None = None) -> dict[str, type[T]]:
    """The concrete subclasses of `kind` defined in `package`, by `name`, sorted.

    A class without a `name` of its own goes by its class name in lower case. A class
    that a module merely imports is not counted as defined there.
    """
    found: dict[str, type[T]] = {}
    for owner, value in _candidates(package, group):
        if isinstance(value, type) and issubclass(value, kind) and _final(value, kind, owner):
            _put(found, _name(value), value, owner)
    return dict(sorted(found.items()))


def closest(name: str, names: Iterable[str]) -> str | None:
    """The name that was probably meant, or None: what `did you mean` prints."""
    by_folded = {known.casefold(): known for known in names}
    match = difflib.get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[match[0]] if match else None


def _candidates(package: str, group: str | None) -> Iterator[tuple[str, object]]:
    for module in _modules(package):
        for value in list(vars(module).values()):
            yield module.__name__, value
    for point in metadata.entry_points(group=group) if group else ():
        loaded = point.load()
        values = vars(loaded).values() if isinstance(loaded, ModuleType) else (loaded,)
        for value in list(values):
            yield point.module, value


def _modules(package: str) -> Iterator[ModuleType]:
    root = import_module(package)
    for info in pkgutil.iter_modules(root.__path__):
        if not info.name.startswith("_"):
            yield import_module(f"{package}.{info.name}")


def _final(cls: type, kind: type, owner: str) -> bool:
    return cls is not kind and not inspect.isabstract(cls) and cls.__module__ == owner


def _name(member: object) -> str:
    for attribute in ("name", "code"):
        value = getattr(member, attribute, None)
        if isinstance(value, str):
            return value
    if isinstance(member, type):
        return member.__name__.lower()
    raise TypeError(f"{member!r} has neither a name nor a code")


def _put(found: dict[str, T], name: str, member: T, owner: str) -> None:
    if name in found and found[name] is not member:
        raise DuplicateMember(f"two members are called {name!r}; one of them is in {owner}")
    found[name] = member
