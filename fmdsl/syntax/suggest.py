"""The nearest known word to a mistyped one."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate most like `word`, or None when none is near."""
    known = sorted(set(candidates) - {word})
    by_folded = {c.casefold(): c for c in reversed(known)}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=0.6)
    return by_folded[near[0]] if near else None


def suggestions(word: str, candidates: Iterable[str]) -> tuple[str, ...]:
    """The help lines of a diagnostic: one line, or none when nothing is near."""
    near = did_you_mean(word, candidates)
    return (f"did you mean `{near}`?",) if near else ()
