"""Text into specs: `read("meanflow")`, `read("./mine.yaml")`, `read_text("spec: …")`."""

from __future__ import annotations

from pathlib import Path

from fmdsl.syntax import faults
from fmdsl.syntax.assemble import KEYS, Keys, assemble, plain_text
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.document import MAX_BYTES, Broken, Document, Section, compose
from fmdsl.syntax.locate import locate, printable
from fmdsl.syntax.sections import Sections
from fmdsl.syntax.source import Source, Span
from fmdsl.syntax.spec import Spec

MAX_FAULTS = 50


def read(path_or_name: str | Path) -> Spec:
    """The spec of this name in the catalogue, or in this file.

    Raises Fault with every E01 fault of the file; E0120 for an unknown name.
    """
    return _read(load(locate(path_or_name)), ())


def read_text(text: str, path: str = "<text>") -> Spec:
    """As `read`, for a text in hand. `path` is what diagnostics print."""
    return _read(Source(path, text), ())


def load(path: Path, place: Span | None = None) -> Source:
    """A file's text. Raises Fault: E0121 unreadable, E0102 not text, E0103 too large."""
    name = printable(path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
            size = path.stat().st_size
    except OSError as error:
        reason = (error.strerror or "cannot be opened").lower()
        raise Fault([faults.e0121_unreadable_file(name, reason, place)]) from None
    start = Span(Source(name, ""), 0, 0)
    if len(data) > MAX_BYTES:
        raise Fault([faults.e0103_too_large(start, size, MAX_BYTES)])
    try:
        return Source(name, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        reason = f"byte {error.start} cannot be read"
        raise Fault([faults.e0102_not_text(start, reason)]) from None


def _read(source: Source, chain: tuple[str, ...]) -> Spec:
    found: list[Diagnostic] = []
    keys = _keys(compose(source, found), found)
    with Sections(found).told():
        base = _base(source, keys, chain)
        spec = assemble(source, keys, base, found)
        if not found:
            return spec
    raise Fault(sorted(found, key=_place)[:MAX_FAULTS])


def _place(diagnostic: Diagnostic) -> int:
    return diagnostic.labels[0].span.start if diagnostic.labels else -1


def _keys(document: Document, found: list[Diagnostic]) -> Keys:
    """The top level of the document, by key."""
    if not isinstance(document, Section):
        if not isinstance(document, Broken):
            start = Span(document.span.source, document.span.start, document.span.start)
            found.append(faults.e0112_wrong_shape(start, "a spec", "a mapping", "spec: NAME"))
        raise Fault(found)
    keys: Keys = {}
    for key, value in document.entries:
        name = key.raw.text.strip()
        if name in KEYS:
            keys[name] = (key, value)
        else:
            found.append(faults.e0113_unknown_key(key.span, name, KEYS))
    return keys


def _base(source: Source, keys: Keys, chain: tuple[str, ...]) -> Spec | None:
    """The spec that this one extends."""
    if "extends" not in keys:
        return None
    _, value = keys["extends"]
    name, place = plain_text("extends", value), value.span
    file = locate(name, Path(source.path).parent, place)
    itself = str(Path(source.path).resolve())
    if str(file.resolve()) in (itself, *chain):
        links = (*chain, itself, str(file.resolve()))
        raise Fault([faults.e0122_extends_cycle(place, tuple(Path(link).stem for link in links))])
    return _read(load(file, place), (*chain, itself))
