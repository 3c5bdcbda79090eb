"""How the parts of a rendered diagnostic look: plain, in ANSI colours, as rich markup or HTML."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Literal

Part = Literal[
    "error", "warning", "message", "gutter", "text", "primary", "secondary", "note", "help"
]
Style = Callable[[Part, str], str]

_ANSI = {
    "error": "1;31", "warning": "1;33", "message": "1", "gutter": "1;34",
    "primary": "1;31", "secondary": "1;34", "note": "1", "help": "1;32",
}  # fmt: skip
_RICH = {
    "error": "bold red", "warning": "bold yellow", "message": "bold", "gutter": "bold blue",
    "primary": "bold red", "secondary": "bold blue", "note": "bold", "help": "bold green",
}  # fmt: skip


def plain(_: Part, text: str) -> str:
    """The text as it is."""
    return text


def ansi(part: Part, text: str) -> str:
    """Colours of a terminal."""
    return f"\x1b[{_ANSI[part]}m{text}\x1b[0m" if part in _ANSI and text.strip() else text


def markup(part: Part, text: str) -> str:
    """Markup of rich; brackets of the text itself are escaped."""
    escaped = text.replace("\\", "\\\\").replace("[", "\\[")
    return f"[{_RICH[part]}]{escaped}[/]" if part in _RICH and text.strip() else escaped


def html(part: Part, text: str) -> str:
    """A `span` of the part's class; what the text has of markup is escaped."""
    return f'<span class="{part}">{escape(text)}</span>' if part in _RICH else escape(text)
