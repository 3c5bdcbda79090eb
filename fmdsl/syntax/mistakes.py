"""What people type from other notations, and what it is called here."""

from __future__ import annotations

import re

_LOOKALIKES = {
    "×": "*", "·": "*", "∗": "*", "⋅": "*", "÷": "/", "−": "-", "–": "-", "′": "'", "’": "'",
    "≤": "<=", "≥": ">=", "→": "->", "[": "(", "]": ")", "{": "(", "}": ")",
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))


def remedies(text: str, at: int) -> tuple[str, ...]:
    """Help lines for the fault at offset `at` of an expression's text; often none."""
    character, before = text[at], text[:at].rstrip()
    if character in _LOOKALIKES:
        return (f"write `{_LOOKALIKES[character]}` for `{character}`",)
    if character in _SUPERSCRIPTS:
        return (f"write `^{_SUPERSCRIPTS[character]}` for a power",)
    if text[at - 1 : at + 1] == "**":
        return ("a power is written `^`",)
    if character == "=" and before[-1:] in ("=", "!"):
        return ("an equation has one `=`",)
    if character == ".":
        return ("a number has digits on both sides of its point: `0.5`",)
    if character == "_" and before[-1:].isdigit():
        return ("the digits of a number stand together: `1000`",)
    if character == "#":
        return ("a comment begins after a space",)
    if character == "=" and before:
        return ("an equation inside a call stands in parentheses",)
    return _product(text, at, before)


def _product(text: str, at: int, before: str) -> tuple[str, ...]:
    """`2x`, `2 x`, `(a)(b)` and `z@t(s)`: a product needs its sign."""
    right = re.match(r"[\w(]+'*", text[at:])
    if not right or not re.search(r"[\w)']$", before):
        return ()
    if right[0] in ("and", "or", "if", "else", "every"):
        return ()
    return ("a product is written with `*`",)
