"""Underlines: carets for the primary label, dashes for the others, each with its text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate, groupby

from fmdsl.syntax.columns import column, width
from fmdsl.syntax.diagnostic import Label
from fmdsl.syntax.style import Part, Style

MAX_ROWS = 4
MAX_COLUMNS = 120
BEFORE = 40


@dataclass(frozen=True, slots=True)
class Mark:
    """Columns `[start, end)` of one line, from 0, and what is said of them."""

    row: int
    start: int
    end: int
    text: str
    primary: bool

    @property
    def part(self) -> Part:
        return "primary" if self.primary else "secondary"


def marks(label: Label, primary: bool) -> Iterator[Mark]:
    """The marks of a label: one per line that it covers, its text at the last one."""
    source = label.span.source
    first, start = source.position(label.span.start)
    last, end = source.position(max(label.span.start, label.span.end - 1))
    end += 1 if label.span.end > label.span.start else 0
    rows = range(first, last + 1)
    for row in rows if len(rows) <= MAX_ROWS else (first, last):
        line = source.line(row)
        left = start - 1 if row == first else len(line) - len(line.lstrip())
        right = end - 1 if row == last else len(line.rstrip())
        a, b = column(line, left), column(line, right)
        yield Mark(row, a, max(b, a + 1), label.text if row == last else "", primary)


def clipped(line: str, group: list[Mark]) -> tuple[str, list[Mark]]:
    """A long line cut to a window around its first mark, and the marks moved with it."""
    columns = list(accumulate(map(width, line), initial=0))
    if columns[-1] <= MAX_COLUMNS:
        return line, group
    focus = min((mark for mark in group), key=lambda mark: (not mark.primary, mark.start))
    left = max(0, focus.start - BEFORE)
    window = [i for i in range(len(line)) if left <= columns[i] < left + MAX_COLUMNS]
    text = line[window[0] : window[-1] + 1]
    ahead = "…" if left else ""
    moved = [_moved(mark, left - len(ahead)) for mark in group if left <= mark.start]
    return ahead + text + ("…" if window[-1] + 1 < len(line) else ""), moved


def _moved(mark: Mark, by: int) -> Mark:
    start = min(mark.start - by, MAX_COLUMNS)
    end = max(start + 1, min(mark.end - by, MAX_COLUMNS))
    return replace(mark, start=start, end=end)


def underlines(group: list[Mark], style: Style) -> Iterator[str]:
    """The lines below a line of text.

    The rightmost text stands beside its underline, the others hang below theirs, from right
    to left.
    """
    group = sorted(group, key=lambda mark: (mark.start, mark.end))
    *others, last = group
    beside = last.text if all(mark.end <= last.start for mark in others) else ""
    hanging = [m for m in group if m.text and not (m is last and beside)]
    yield _drawn(group, style) + (f" {style(last.part, beside)}" if beside else "")
    if hanging:
        yield _stems(hanging, style)
    while hanging:
        mark = hanging.pop()
        stems = _stems([m for m in hanging if m.start < mark.start], style, mark.start)
        yield stems + style(mark.part, mark.text)


def _drawn(group: list[Mark], style: Style) -> str:
    """All underlines on one line; a caret wins over a dash."""
    cells: list[Mark | None] = [None] * max(mark.end for mark in group)
    for mark in sorted(group, key=lambda mark: mark.primary):
        cells[mark.start : mark.end] = [mark] * (mark.end - mark.start)
    runs = groupby(cells, _part)
    return "".join(_run(part, len(list(run)), style) for part, run in runs)


def _part(mark: Mark | None) -> Part | None:
    return mark.part if mark else None


def _run(part: Part | None, length: int, style: Style) -> str:
    if part is None:
        return " " * length
    return style(part, ("^" if part == "primary" else "-") * length)


def _stems(hanging: list[Mark], style: Style, upto: int = 0) -> str:
    line, at = "", 0
    for mark in hanging:
        if mark.start < at:
            continue
        line += " " * (mark.start - at) + style(mark.part, "|")
        at = mark.start + 1
    return line + " " * max(0, upto - at)
