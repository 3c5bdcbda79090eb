"""The table of what can be derived: every point of the five sets, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.derivation import Written, write
from fmdsl.proofs.derive.formed import law_of
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.laws import LAWS, known
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.sides import SIDES
from fmdsl.proofs.derive.stops import STOPS
from fmdsl.proofs.derive.variables import VARIABLES
from fmdsl.proofs.derive.velocities import VELOCITIES


@dataclass(frozen=True, slots=True)
class Row:
    """An objective of the table; `stops` are those that say the same, the smallest first."""

    written: Written
    stops: tuple[str, ...]

    @property
    def words(self) -> dict[str, str]:
        """The options that name it."""
        return self.written.choice.words


def points(law: Law) -> Iterator[Choice]:
    """Every point of a law, whether or not an objective follows there."""
    stops = sorted(STOPS.values(), key=lambda s: (len(s.stopped), s.name))
    for by in VARIABLES.values():
        if by.key(law) is None:
            continue
        for side, one, other in product(SIDES.values(), VELOCITIES.values(), VELOCITIES.values()):
            if by.moves_state or other is one:
                yield from (Choice(law, by, side, one, other, stop) for stop in stops)


def rows(law: Law) -> tuple[Row, ...]:
    """The objectives of a law, each once, in the order of the sets."""
    found: dict[str, Written] = {}
    stops: dict[str, list[str]] = {}
    for choice in points(law):
        try:
            written = write(choice, "any")
        except NotDerived:
            continue
        found.setdefault(written.text, written)
        if written.choice.velocity is found[written.text].choice.velocity:
            stops.setdefault(written.text, []).append(choice.stop.name)
    return tuple(Row(w, tuple(dict.fromkeys(stops[text]))) for text, w in found.items())


def laws(only: str = "") -> Iterator[tuple[str, str, tuple[Row, ...]]]:
    """Each law by its name and its equation, with its objectives; `only` one, named or typed."""
    for name in [only] if only else LAWS:
        title, said = known(name)
        yield title, said.text, rows(law_of(said))


def sets() -> Iterator[tuple[str, str, str]]:
    """The members of the five sets: option, name, what it is."""
    for law in LAWS.values():
        yield "law", law.name, f"{law.equation}   {law.about}"
    yield "", "or your own", "an equation of one net and one `flow` or `velocity`"
    members = {
        "--by": {v.name: v.about for v in VARIABLES.values()},
        "--for": {s.name: s.about for s in SIDES.values()},
        "--velocity": {v.name: v.about for v in VELOCITIES.values()},
        "--stop": {s.name: s.about for s in STOPS.values()},
    }
    for option, known_ones in members.items():
        for name, about in known_ones.items():
            yield option, name, about
