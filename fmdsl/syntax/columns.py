"""What a line of text takes on a terminal: wide characters are two columns, accents none."""

from __future__ import annotations

import unicodedata

TAB = 4


def width(character: str) -> int:
    """The columns of one printable character."""
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in ("W", "F") else 1


def printed(line: str) -> str:
    """The line as it can be printed: tabs as spaces, control characters as `�`."""
    return "".join(_shown(c) for c in line)


def column(line: str, at: int) -> int:
    """The column, from 0, where character `at` of the line stands in `printed(line)`."""
    return sum(width(c) for c in printed(line[:at]))


def _shown(character: str) -> str:
    if character == "\t":
        return " " * TAB
    return character if unicodedata.category(character) not in ("Cc", "Cs") else "�"
