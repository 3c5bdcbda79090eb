"""YAML's own traps: why a document that looks right is not YAML, and what is left without them.

Looked for only after YAML has refused the text, so a valid document is never suspected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.source import Source, Span

_LINE = re.compile(
    r"(?P<indent> *)(?P<dash>- +)?"
    r"(?:(?P<key>[^\s#'\"](?:[^#:]|:(?=\S)|(?<=\S)#)*?) *:(?=\s|$) *)?"
    r"(?P<value>.*?)(?P<comment>(?:(?<=\s)|^)#.*)?$"
)


@dataclass(frozen=True, slots=True)
class Traps:
    """The faults found, and the text with each bad value replaced by a harmless one."""

    source: Source
    faults: list[Diagnostic] = field(default_factory=list[Diagnostic])
    hidden: list[Span] = field(default_factory=list[Span])

    def hides(self, offset: int) -> bool:
        return any(span.start <= offset < span.end for span in self.hidden)

    @property
    def masked(self) -> str:
        text = list(self.source.text)
        for span in self.hidden:
            for i in range(span.start, span.end):
                text[i] = text[i] if text[i] == "\n" else " "
            text[span.start] = "0"
        return "".join(text)


@dataclass(frozen=True, slots=True)
class _Value:
    """The value of one entry: where it stands, its first line and where its comments are."""

    span: Span
    lines: list[Span]
    comments: list[Span]


def find_traps(source: Source) -> Traps:
    """Every value of the document that YAML cannot take as text."""
    traps = Traps(source)
    for value in _values(source):
        if fault := _trap(value):
            traps.faults.append(fault)
            traps.hidden.append(value.span)
    return traps


def _trap(value: _Value) -> Diagnostic | None:
    text = value.lines[0].text
    if text[0] in "'\"" or re.fullmatch(r"[|>][-+\d]*", text):
        return None
    if re.match(r"[*&!]\S", text):
        return faults.e0110_anchor(_part(value.span, 0, 1))
    if text[0] in "*|>@%`!&" or re.match(r"-\s", text):
        return faults.e0106_reserved_start(_part(value.span, 0, 1), text[0])
    if text[0] in "{[":
        return faults.e0109_flow_collection(_part(value.span, 0, 1), text[0])
    if colon := re.search(r":(?=\s|$)", text):
        return faults.e0107_colon_in_value(_part(value.span, colon.start(), colon.end()))
    for line in value.lines[1:]:
        if colon := re.search(r":(?=\s|$)", line.text):
            reason = "indented like this, the line belongs to the value above"
            return faults.e0104_not_yaml(_part(line, 0, colon.end()), reason)
    if value.comments and value.comments[0].start < value.lines[-1].start:
        return faults.e0108_comment_in_value(value.comments[0], value.lines[0])
    return None


def _part(span: Span, start: int, end: int) -> Span:
    return Span(span.source, span.start + start, span.start + end)


def _values(source: Source) -> Iterator[_Value]:
    """The entries that have a value on their own line, each with the lines that continue it."""
    lines = list(_lines(source))
    row = 0
    while row < len(lines):
        indent, value, comment = lines[row]
        row += 1
        if not value.text:
            continue
        more, comments = [value], [comment] if comment.text else []
        while row < len(lines) and _continues(lines[row], indent):
            _, _, comment = lines[row]
            whole = _whole(lines[row])
            more += [whole] if whole.text else []
            comments += [comment] if comment.text else []
            row += 1
        yield _Value(value | more[-1], more, comments)


_Line = tuple[int, Span, Span]


def _continues(line: _Line, indent: int) -> bool:
    """Deeper than the entry, or blank, or a comment."""
    whole = _whole(line)
    return not whole.text or _column(whole) > indent


def _whole(line: _Line) -> Span:
    """The line without its comment and its indentation."""
    _, value, comment = line
    source = value.source
    start = source.text.rfind("\n", 0, value.start) + 1
    text = source.text[start : comment.start]
    return Span(source, start + len(text) - len(text.lstrip()), start + len(text.rstrip()))


def _column(span: Span) -> int:
    return span.start - span.source.text.rfind("\n", 0, span.start) - 1


def _lines(source: Source) -> Iterator[_Line]:
    """Each line as the indentation of its entry, its value, and its comment."""
    offset = 0
    for line in source.text.split("\n"):
        parts = _LINE.match(line)
        assert parts
        start = offset + parts.start("value")
        value = Span(source, start, start + len(parts["value"].rstrip()))
        comment_at = offset + (parts.start("comment") if parts["comment"] else len(line))
        comment = Span(source, comment_at, offset + len(line))
        yield len(parts["indent"]), value, comment
        offset += len(line) + 1
