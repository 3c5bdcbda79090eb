"""A variant laid over its base: `extends: NAME`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.entries import Removal

T = TypeVar("T")


def overlay(
    base: Sequence[T],
    own: Iterable[T | Removal],
    names: Callable[[T], tuple[str, ...]],
    found: list[Diagnostic],
) -> tuple[T, ...]:
    """The base's entries with a variant's own laid over them.

    An own entry takes the place of those that share a name with it; new ones follow at the
    end; removals are taken out, and one that removes nothing is E0123.
    """
    entries = list(base)
    for entry in own:
        wanted = set(entry.names if isinstance(entry, Removal) else names(entry))
        # of its own entries none replaces another: names declared twice are told later
        based = [(i, old) for i, old in enumerate(entries) if any(old is b for b in base)]
        hits = [i for i, old in based if wanted & set(names(old))]
        if isinstance(entry, Removal):
            if not hits:
                known = [name for old in entries for name in names(old)]
                missing = ", ".join(entry.names)
                found.append(faults.e0123_nothing_to_remove(entry.span, missing, known))
            new: list[T] = []
        else:
            new = [entry]
        at = hits[0] if hits else len(entries)
        entries = [old for i, old in enumerate(entries) if i not in hits]
        entries[at:at] = new
    return tuple(entries)
