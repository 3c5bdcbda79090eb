"""From what a user calls a spec to the file that holds it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.source import Span

SUFFIXES = (".yaml", ".yml")


def shipped() -> dict[str, Path]:
    """The specs that come with fmdsl, by name."""
    folder = Path(str(files("fmdsl") / "specs"))
    return {file.stem: file for file in sorted(folder.resolve().rglob("*.yaml"))}


def locate(name: str | Path, beside: Path | None = None, place: Span | None = None) -> Path:
    """The file of a name (`meanflow`) or a path (`./mine.yaml`), relative to `beside`.

    Raises Fault: E0120 when no shipped spec has the name. `place` is where it was asked for.
    """
    path = Path(name)
    if isinstance(name, Path) or path.suffix in SUFFIXES or len(path.parts) > 1:
        return (beside or Path()) / path
    known = shipped()
    if str(name) in known:
        return known[str(name)]
    sibling = (beside or Path()) / f"{name}.yaml"
    if sibling.is_file():
        return sibling
    raise Fault([faults.e0120_unknown_spec(str(name), known, place)])


def printable(path: Path) -> str:
    """The path as a diagnostic prints it: relative to where the user stands, if it can be."""
    whole = path.resolve()
    here = Path.cwd()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)
