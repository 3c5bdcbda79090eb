"""Run configs as YAML: read safely, changed by `--set a.b=c`, written back whole."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from fmdsl.runtime.config import Config
from fmdsl.runtime.fault import ConfigError
from fmdsl.runtime.typed import build, plain

MAX_BYTES = 100_000
Places = dict[tuple[str, ...], str]


Change = tuple[str, str, Any]


def load_config(*files: str | Path, changes: Iterable[Change] = ()) -> Config:
    """The default config with what files say, later ones over earlier ones, and changes.

    A change is `(place, dotted key, value)`: `("--lr", "optimizer.default.lr", 1e-3)`.
    Raises ConfigError, with a place and a remedy, for the first thing wrong.
    """
    places: Places = {}
    raw: dict[str, Any] = {}
    for file in files:
        raw = _over(raw, _read(Path(file), places))
    for place, key, value in changes:
        _put(raw, tuple(key.split(".")), value, place, places)
    _spread_defaults(raw)
    return build(Config, raw, (), lambda at: _place(places, at))


def change(text: str) -> Change:
    """`optimizer.u.lr=1e-3`, as `--set` takes it."""
    key, equals, value = text.partition("=")
    if not equals or not all(part.strip() for part in key.split(".")):
        raise ConfigError(f"--set {text}: no `KEY=VALUE`", "for example --set optimizer.u.lr=1e-3")
    try:
        return f"--set {text}", key.strip(), yaml.safe_load(value)
    except yaml.YAMLError:
        raise ConfigError(f"--set {text}: the value is not YAML", "quote it") from None


def show_config(config: Config) -> str:
    """The config as YAML that `load_config` reads back."""
    return yaml.safe_dump(plain(config), sort_keys=False, allow_unicode=True)


def _read(path: Path, places: Places) -> dict[str, Any]:
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}", "give a YAML file") from None
    if len(text) > MAX_BYTES:
        raise ConfigError(f"{path} is larger than {MAX_BYTES} bytes", "is it a run config?")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise ConfigError(f"{path} uses YAML aliases", "write the values out")
        node = yaml.compose(text, yaml.SafeLoader)
        value = {} if node is None else _value(node, (), path, places)
    except (yaml.YAMLError, RecursionError) as error:
        raise ConfigError(f"{path} is not YAML: {error}", "check the indentation") from None
    if not isinstance(value, dict):
        raise ConfigError(f"{path} holds no section of keys", "write `KEY: VALUE` lines")
    return value


def _value(node: yaml.Node, at: tuple[str, ...], path: Path, places: Places) -> Any:
    places[at] = f"{path}:{node.start_mark.line + 1}"
    if isinstance(node, yaml.MappingNode):
        made: dict[str, Any] = {}
        for key, item in node.value:
            name = str(key.value)
            if name in made:
                line = key.start_mark.line + 1
                raise ConfigError(f"{path}:{line}: `{name}` stands twice", "remove one of them")
            made[name] = _value(item, (*at, name), path, places)
        return made
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*at, str(i)), path, places) for i, item in enumerate(node.value)]
    loader = yaml.SafeLoader("")
    try:
        return loader.construct_object(node, deep=True)
    finally:
        loader.dispose()


def _put(raw: dict[str, Any], key: tuple[str, ...], value: Any, place: str, places: Places) -> None:
    """Sets a key; a section written short (`data: digits`) becomes one first."""
    section = raw
    for name in key[:-1]:
        inner = section.get(name)
        short = {"name": inner} if name == "data" else {"backbone": inner}
        section[name] = inner if isinstance(inner, dict) else {} if inner is None else short
        section = section[name]
    places[key] = place
    if key == ("data",) and _name(section.get("data")) == value:
        return
    section[key[-1]] = value


def _name(data: Any) -> Any:
    return data.get("name") if isinstance(data, dict) else data


def _over(below: Any, above: Any) -> Any:
    """What two layers say together: sections merge, everything else is replaced."""
    if not isinstance(below, dict) or not isinstance(above, dict):
        return above
    return below | {key: _over(below.get(key), value) for key, value in above.items()}


def _spread_defaults(raw: dict[str, Any]) -> None:
    """What `optimizer.default` says holds for every net that does not say otherwise."""
    section = raw.get("optimizer")
    if isinstance(section, dict) and isinstance(section.get("default"), dict):
        for name, own in section.items():
            if isinstance(own, dict):
                section[name] = section["default"] | own


def _place(places: Places, at: tuple[str, ...]) -> str:
    """Where a key was written: itself, something inside it, or what it stands in."""
    below = next((place for key, place in places.items() if at and key[: len(at)] == at), None)
    while at and at not in places:
        at = at[:-1]
    return below or places.get(at, "config")
