"""The YAML document as a tree of raw slices of the file: nothing is resolved or loaded.

`.5`, `1_000`, `on` and `1:30` stay text, and every scalar knows its exact place.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import yaml

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.source import Source, Span
from fmdsl.syntax.traps import Traps, find_traps

MAX_BYTES = 100_000
MAX_LINE = 10_000
MAX_NESTING = 6

_COMPLAINTS = {
    "expected <block end>": "this is not indented like what stands above it",
    "could not find expected ':'": "this line has no `:` after its key",
    "mapping values are not allowed": "no key may stand here",
    "found another document": "a file holds one spec",
    "nested too deeply": "nothing in a spec is nested as deeply as this",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A scalar. `raw` is its slice of the file, quotes taken off; `value` is what YAML reads."""

    raw: Span
    value: str
    plain: bool

    @property
    def span(self) -> Span:
        return self.raw

    @property
    def absent(self) -> bool:
        return self.plain and self.raw.text.strip() in ("", "~", "null")


@dataclass(frozen=True, slots=True)
class Listing:
    """A block list."""

    items: tuple[Document, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Section:
    """A block mapping, in order; keys are unique."""

    entries: tuple[tuple[Text, Document], ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Broken:
    """A place whose fault is already told."""

    span: Span


Document = Text | Listing | Section | Broken


def compose(source: Source, found: list[Diagnostic]) -> Document:
    """The tree of a file's text.

    Faults that leave a tree to go on with are added to `found`; others raise Fault.
    """
    found += _sized(source)
    if found:
        raise Fault(found)
    traps = Traps(source)
    try:
        node = _compose(source.text)
    except yaml.MarkedYAMLError as error:
        traps = find_traps(source)
        found += traps.faults or [_not_yaml(source, error)]
        if not traps.faults:
            raise Fault(found) from None
        try:
            node = _compose(traps.masked)
        except yaml.YAMLError:
            raise Fault(found) from None
    if node is None:
        raise Fault([*found, faults.e0101_empty_document(Span(source, 0, 0))])
    return _Convert(source, traps, found).document(node, 0)


def _sized(source: Source) -> list[Diagnostic]:
    """Faults seen before YAML looks: size, characters, tabs."""
    text, start = source.text, Span(source, 0, 0)
    if (size := len(text.encode("utf-8", "replace"))) > MAX_BYTES:
        return [faults.e0103_too_large(start, size, MAX_BYTES)]
    if control := yaml.reader.Reader.NON_PRINTABLE.search(text):
        at = control.start()
        reason = f"character U+{ord(text[at]):04X}"
        return [faults.e0102_not_text(Span(source, at, at + 1), reason)]
    found: list[Diagnostic] = []
    offset = 0
    for line in text.split("\n"):
        if len(line) > MAX_LINE:
            found.append(
                faults.e0133_expression_too_long(Span(source, offset, offset + len(line)), MAX_LINE)
            )
        offset += len(line) + 1
    return found + _tabs(source)


def _tabs(source: Source) -> list[Diagnostic]:
    tabs = [m.end() - 1 for m in re.finditer(r"^ *\t(?=\s*\S)", source.text, re.MULTILINE)]
    first = tabs[:1]
    return [faults.e0105_tab(Span(source, at, at + 1), len(tabs)) for at in first]


def _not_yaml(source: Source, error: yaml.MarkedYAMLError) -> Diagnostic:
    mark = error.problem_mark or error.context_mark
    at = min(mark.index, len(source.text)) if mark else 0
    if source.text[at : at + 1] == "\t":
        return faults.e0105_tab(Span(source, at, at + 1), 1)
    return faults.e0104_not_yaml(Span(source, at, at), _in_words(error.problem or ""))


def _in_words(problem: str) -> str:
    """YAML's complaint without the names of its tokens."""
    for sign, words in _COMPLAINTS.items():
        if sign in problem:
            return words
    return problem


class _Refused(yaml.MarkedYAMLError):
    """Raised at the first anchor or alias, and below the deepest nesting a spec can have."""


class _Loader(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: object) -> yaml.Node | None:
        event = self.peek_event()
        self.depth += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(problem="anchor", problem_mark=event.start_mark)
        if self.depth > MAX_NESTING + 1:
            raise _Refused(problem="nested too deeply", problem_mark=event.start_mark)
        node = super().compose_node(parent, index)  # type: ignore[arg-type]
        self.depth -= 1
        return node


def _compose(text: str) -> yaml.Node | None:
    return yaml.compose(text, Loader=_Loader)


@dataclass(frozen=True, slots=True)
class _Convert:
    source: Source
    traps: Traps
    found: list[Diagnostic]

    def document(self, node: yaml.Node, depth: int) -> Document:
        span = Span(self.source, node.start_mark.index, node.end_mark.index)
        if self.traps.hides(span.start):
            return Broken(span)
        if span.text[:1] in ("{", "[", "!"):
            return self._refuse(span, span.text[0])
        match node:
            case yaml.MappingNode():
                return self._section(node, span, depth)
            case yaml.SequenceNode():
                items = tuple(self.document(item, depth + 1) for item in node.value)
                return Listing(items, span)
            case _:
                return _text(node, span)

    def _refuse(self, span: Span, sign: str) -> Broken:
        where = Span(self.source, span.start, span.start + 1)
        if sign == "!":
            self.found.append(faults.e0110_anchor(where))
        else:
            self.found.append(faults.e0109_flow_collection(where, sign))
        return Broken(span)

    def _section(self, node: yaml.MappingNode, span: Span, depth: int) -> Section:
        entries: dict[str, tuple[Text, Document]] = {}
        for key_node, value_node in node.value:
            key = self.document(key_node, depth + 1)
            if not isinstance(key, Text):
                wanted, example = "a name", "NAME: VALUE"
                self.found.append(faults.e0112_wrong_shape(key.span, "a key", wanted, example))
                continue
            name = " ".join(key.raw.text.split())
            if name in entries:
                first = entries[name][0].span
                self.found.append(faults.e0111_duplicate_key(key.span, first, name))
            else:
                entries[name] = (key, self.document(value_node, depth + 1))
        return Section((*entries.values(),), span)


def _text(node: yaml.Node, span: Span) -> Text:
    style = node.style if isinstance(node, yaml.ScalarNode) else None
    if style in ("'", '"'):
        raw = Span(span.source, span.start + 1, span.end - 1)
        return Text(raw, node.value, raw.text.split() == node.value.split())
    return Text(span, node.value, style is None)
