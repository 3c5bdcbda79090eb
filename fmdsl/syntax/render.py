"""A diagnostic as text, with the lines it speaks of and what is to be seen there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from fmdsl.syntax.columns import printed
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.marks import Mark, clipped, marks, underlines
from fmdsl.syntax.source import Source
from fmdsl.syntax.style import Part, Style, plain


def render(diagnostic: Diagnostic, style: Style = plain) -> str:
    """The diagnostic in the manner of rustc, without a line break at its end."""
    lines = [_title(diagnostic, style)]
    gutter = max((len(str(row)) for row in _rows(diagnostic.labels)), default=0)
    for i, (source, labels) in enumerate(_by_source(diagnostic.labels)):
        arrow = "-->" if i == 0 else ":::"
        lines += _excerpt(source, labels, diagnostic.labels[0], gutter, arrow, style)
    margin = " " * (gutter + 1)
    for note in diagnostic.notes:
        lines += _remark("note", note, margin, style)
    for remedy in diagnostic.helps:
        lines += _remark("help", remedy, margin, style)
    return "\n".join(lines)


def render_all(diagnostics: Iterable[Diagnostic], style: Style = plain) -> str:
    """Several diagnostics, a blank line between them."""
    return "\n\n".join(render(diagnostic, style) for diagnostic in diagnostics)


def to_json(diagnostic: Diagnostic) -> dict[str, Any]:
    """The diagnostic as JSON data; lines and columns from 1, offsets from 0."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "labels": [_label(label) for label in diagnostic.labels],
        "notes": list(diagnostic.notes),
        "helps": list(diagnostic.helps),
    }


def _label(label: Label) -> dict[str, Any]:
    source, start, end = label.span.source, label.span.start, label.span.end
    (line, column), (end_line, end_column) = source.position(start), source.position(end)
    return {
        "path": source.path, "start": start, "end": end, "line": line, "column": column,
        "end_line": end_line, "end_column": end_column, "text": label.text,
    }  # fmt: skip


def _title(diagnostic: Diagnostic, style: Style) -> str:
    kind = style(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    return kind + style("message", f": {diagnostic.message}")


def _remark(kind: Part, text: str, margin: str, style: Style) -> Iterator[str]:
    first, *rest = text.split("\n")
    yield f"{margin}{style('gutter', '=')} {style(kind, f'{kind}:')} {style('text', first)}"
    for line in rest:
        yield f"{margin}  {' ' * len(kind)}  {style('text', line)}"


def _by_source(labels: tuple[Label, ...]) -> list[tuple[Source, list[Label]]]:
    """Labels by the file they point into, the primary label's file first."""
    sources: list[tuple[Source, list[Label]]] = []
    for label in labels:
        for source, group in sources:
            if source is label.span.source:
                group.append(label)
                break
        else:
            sources.append((label.span.source, [label]))
    return sources


def _rows(labels: Iterable[Label]) -> Iterator[int]:
    for label in labels:
        yield label.span.source.position(label.span.start)[0]
        yield label.span.source.position(max(label.span.start, label.span.end - 1))[0]


def _excerpt(
    source: Source, labels: list[Label], primary: Label, gutter: int, arrow: str, style: Style
) -> Iterator[str]:
    """The lines of one file that the labels are on, each with its underlines below it."""
    row, column = source.position(labels[0].span.start)
    place = style("text", f"{source.path}:{row}:{column}")
    yield f"{' ' * gutter}{style('gutter', arrow)} {place}"
    yield style("gutter", f"{' ' * gutter} |")
    on_lines = sorted((m for label in labels for m in marks(label, label is primary)), key=_row)
    last = 0
    for row, group in groupby(on_lines, key=_row):
        if last and row > last + 1:
            yield style("gutter", "...")
        text, shown = clipped(printed(source.line(row)).rstrip(), list(group))
        yield _line(style("gutter", f"{row:>{gutter}} |"), style("text", text))
        for under in underlines(shown, style):
            yield _line(style("gutter", f"{' ' * gutter} |"), under)
        last = row


def _row(mark: Mark) -> int:
    return mark.row


def _line(margin: str, text: str) -> str:
    return f"{margin} {text}" if text else margin
