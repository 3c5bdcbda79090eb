"""Wrong variants of right specs: what is replaced, and which check or obligation must refuse it.

A mutant is a shipped spec, an unusual one that is accepted, or one of `bases/`, with pieces of its
text replaced. `by` is the
code of a check or the name of an obligation; `at` is text of the line where the fault is placed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fmdsl.syntax.locate import shipped

BASES = Path(__file__).parents[1] / "bases"
UNUSUAL = Path(__file__).parents[2] / "checks" / "accepted"


@dataclass(frozen=True)
class Mutant:
    """`swap` holds pairs of old and new text; every old text occurs in the base.

    Where it is not `mended`, no mend is looked for: to find that there is none takes seconds.
    """

    name: str
    base: str
    swap: tuple[tuple[str, str], ...]
    by: str
    at: str = ""
    mended: bool = True

    @property
    def text(self) -> str:
        text = base_text(self.base)
        for old, new in self.swap:
            assert old in text, f"{self.name}: {self.base} has no {old!r}"
            text = text.replace(old, new)
        return text


def base_text(name: str) -> str:
    own = BASES / f"{name}.yaml"
    file = own if own.exists() else shipped().get(name, UNUSUAL / f"{name}.yaml")
    return file.read_text(encoding="utf-8")


def mutant(
    name: str, base: str, by: str, *swap: tuple[str, str], at: str = "", mended: bool = True
) -> Mutant:
    return Mutant(name, base, swap, by, at, mended)


STATIONARY, DESCENT, ANCHORED = "truth stationary", "descent", "anchored"
SAMPLER, STARTS, CRITICS = "sampler exact", "sampler starts", "critics"
LEARNED, CLAIM = "learned weight", "claim"
