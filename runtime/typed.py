"""Plain mappings into frozen dataclasses and back, with the place of whatever is wrong."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import Field, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from fmdsl.runtime.fault import ConfigError, meant

Path = tuple[str, ...]
Places = Callable[[Path], str]


def build(kind: Any, value: Any, path: Path, places: Places) -> Any:
    """`value` as a `kind`. Raises ConfigError with key, place and what was expected."""
    origin, args = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        return _section(kind, value, path, places)
    if origin in (Union, types.UnionType):
        inner = next(a for a in args if a is not type(None))
        return None if value is None else build(inner, value, path, places)
    if origin is dict:
        return _mapping(args[1], value, path, places)
    if origin is tuple:
        return _sequence(args, value, path, places)
    read = _choice(args, value) if origin is Literal else _scalar(kind, value)
    if read is None:
        raise _wrong(value, _told(kind), path, places)
    return read


def plain(value: Any) -> Any:
    """A dataclass as a mapping that `build` reads back."""
    if is_dataclass(value) and not isinstance(value, type):
        told: dict[str, Any] = {}
        for f in fields(value):
            own = plain(getattr(value, f.name))
            told |= own if f.metadata.get("rest") else {f.name: own}
        return told
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (tuple, list)):
        return [plain(v) for v in value]
    return value


def _section(kind: Any, value: Any, path: Path, places: Places) -> Any:
    known: dict[str, Field[Any]] = {f.name: f for f in fields(kind)}
    others = next((n for n, f in known.items() if f.metadata.get("rest")), None)
    if others and isinstance(value, str):
        value = {next(iter(known)): value}
    if not isinstance(value, Mapping):
        keys = ", ".join(name for name in known if name != others)
        raise _wrong(value, f"a section with keys {keys}", path, places)
    hints, given = get_type_hints(kind), dict[str, Any]()
    left: dict[str, Any] = {}
    for key, item in value.items():
        at = (*path, str(key))
        if key in known and key != others:
            given[key] = _bounded(known[key], build(hints[key], item, at, places), at, places)
        elif others:
            left[str(key)] = item
        else:
            raise _unknown(at, list(known), places)
    return kind(**given, **({others: left} if others else {}))


def _mapping(kind: Any, value: Any, path: Path, places: Places) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise _wrong(value, "a section of names", path, places)
    return {str(k): build(kind, v, (*path, str(k)), places) for k, v in value.items()}


def _sequence(args: tuple[Any, ...], value: Any, path: Path, places: Places) -> tuple[Any, ...]:
    many = len(args) == 2 and args[1] is Ellipsis
    if not isinstance(value, (list, tuple)) or not (many or len(value) == len(args)):
        what = f"{_told(args[0]).removeprefix('a ')}{'' if args[0] is str else 's'}"
        raise _wrong(value, f"a list of {'' if many else f'{len(args)} '}{what}", path, places)
    kinds = [args[0]] * len(value) if many else args
    return tuple(build(k, v, path, places) for k, v in zip(kinds, value, strict=True))


def _scalar(kind: Any, value: Any) -> Any:
    """YAML 1.1 reads `1e-3` as text: a number may be written so."""
    if kind is Any:
        return value
    if isinstance(value, bool) or kind is bool:
        return value if kind is bool and isinstance(value, bool) else None
    if kind is str:
        return value if isinstance(value, str) else None
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None
    if number is None or kind is float:
        return number
    return int(number) if number.is_integer() else None


def _choice(allowed: tuple[Any, ...], value: Any) -> Any:
    return value if value in allowed else None


def _bounded(field: Field[Any], value: Any, path: Path, places: Places) -> Any:
    bound, above = field.metadata.get("least"), field.metadata.get("above")
    if bound is None or value is None or value > bound or (value == bound and not above):
        return value
    raise _wrong(value, f"{'more than' if above else 'at least'} {bound:g}", path, places)


def _told(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return f"one of {', '.join(get_args(kind))}"
    names = {int: "a whole number", float: "a number", str: "text", bool: "true or false"}
    return names.get(kind, str(kind))


def _wrong(value: Any, expected: str, path: Path, places: Places) -> ConfigError:
    key = ".".join(path) or "the config"
    shown = repr(value) if len(repr(value)) < 60 else f"{repr(value)[:57]}..."
    return ConfigError(
        f"{places(path)}: `{key}` is {shown}; expected: {expected}",
        f"give `{key}` {expected}",
    )


def _unknown(path: Path, known: list[str], places: Places) -> ConfigError:
    where = f" in `{'.'.join(path[:-1])}`" if path[:-1] else ""
    return ConfigError(f"{places(path)}: unknown key `{path[-1]}`{where}", meant(path[-1], known))
