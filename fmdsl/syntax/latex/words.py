"""Identifiers, numbers, lists and parentheses in LaTeX."""

from __future__ import annotations

import re
import unicodedata

#: Between the parts of a list.
COMMA = r",\, "
#: Functions that LaTeX knows by name.
_KNOWN = frozenset({"sin", "cos", "tan", "tanh", "exp", "log", "min", "max"})
_WORDS = {
    "pi": r"\pi",
    "alpha_bar": r"\bar\alpha",
    "null": r"\varnothing",
    "data": r"p_{\text{data}}",
    "noise": r"\mathcal N(0, I)",
}


def name(id: str) -> str:
    """An identifier: a letter, a letter with its index, or a word set upright."""
    stem, primes = id.rstrip("'"), "'" * (len(id) - len(id.rstrip("'")))
    if stem in _WORDS:
        return _WORDS[stem]
    indexed = re.fullmatch(r"([^\W\d_])([A-Z0-9]*)", stem)
    if indexed is None:
        return r"\text{" + stem.replace("_", " ") + "}" + primes
    letter, index = indexed.groups()
    return _letter(letter) + (f"_{{{index}}}" if index else "") + primes


def word(op: str) -> str:
    """What is called: a letter, a function that LaTeX knows, or an operator's name."""
    if op in _KNOWN:
        return f"\\{op}"
    return name(op).replace(r"\text", r"\mathrm", 1).replace(" ", r"\ ")


def number(text: str) -> str:
    """`1e-5` as a power of ten."""
    mantissa, mark, exponent = text.lower().partition("e")
    return mantissa + (rf"\cdot 10^{{{int(exponent)}}}" if mark else "")


def fenced(text: str) -> str:
    """In parentheses, tall ones where the text is."""
    tall = any(mark in text for mark in (r"\frac", r"\begin", r"\left"))
    return rf"\left({text}\right)" if tall else f"({text})"


def _letter(letter: str) -> str:
    told = re.fullmatch(r"GREEK (SMALL|CAPITAL) LETTER (\w+)", unicodedata.name(letter, ""))
    if told is None:
        return letter
    case, called = told.groups()
    called = called.replace("LAMDA", "LAMBDA").lower()
    return "\\" + (called.capitalize() if case == "CAPITAL" else called)
