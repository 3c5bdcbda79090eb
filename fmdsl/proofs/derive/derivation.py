"""From a law to an objective: the arrow on one screen.

1. `known`: the equation, by its name or as it was typed, and which names are state, clocks, net.
2. `law_of`: the equation as a form of the algebra, solved for the flow and for the net.
3. `choose`: variable, solved side, velocities and stop, from the sets of these folders.
4. `take`: the derivative, or the split, with the laws of flows; a sum of parts that vanishes.
5. `solve`: the parts that are regressed, and what on.
6. `compose`: the parts as expressions, and around them draws, terms, identity and sampler.
7. `read_back`, `check`, `verify`: the text says what was derived, and is proved like any spec.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

from fmdsl.proofs.case import Case
from fmdsl.proofs.derive.choice import Choice, choose
from fmdsl.proofs.derive.compose import compose
from fmdsl.proofs.derive.fits import stops_fit, velocities_fit
from fmdsl.proofs.derive.formed import law_of
from fmdsl.proofs.derive.label import labelled
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.laws import UNNAMED, known
from fmdsl.proofs.derive.readback import read_back, standing
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.sides.side import Side, Solved
from fmdsl.proofs.derive.telling import steps
from fmdsl.proofs.derive.variables.variable import Taken, Variable
from fmdsl.proofs.verdict import Step
from fmdsl.proofs.verify import Report, verify
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read_text
from fmdsl.syntax.show_spec import show_path, show_spec

#: What to change in a law whose objective an obligation refutes.
_REMEDIES = {
    "anchored": "write the law for a map that is the state where its times meet, as "
    "`z - t * F(z, t) = flow(z, t, 0)`",
}


@dataclass(frozen=True, slots=True)
class Written:
    """An objective as it was written, not yet proved."""

    choice: Choice
    taken: Taken
    solved: Solved
    text: str


@dataclass(frozen=True, slots=True)
class Derived:
    """A spec as text, how it came about, and what is proved of it."""

    law: str
    text: str
    choice: Choice
    steps: tuple[Step, ...]
    report: Report
    label: str = ""

    @property
    def words(self) -> tuple[str, ...]:
        """The arguments of the command that derives it again."""
        path = self.choice.law.path
        told = {"path": show_path(path) if path else "", "label": self.label}
        named = self.choice.words | {option: word for option, word in told.items() if word}
        options = ((f"--{option}", word) for option, word in named.items())
        return (self.law, *(part for option in options for part in option))


def derive(
    law: str, by: str = "", solved: str = "", velocity: str = "", along: str = "", stop: str = "",
    name: str = "", path: str = "", label: str = "",
) -> Derived:  # fmt: skip
    """The objective that follows from a law, by its name or typed as an equation.

    `by` is a clock of the law, `split` or `nothing`; `solved` the net's name, `velocity` or `map`;
    `velocity` and `along` are what stands for the marginal velocity, free and where the state
    moves along it; `stop` is what is stopped. What is left out is chosen. `path` is the spec's;
    with a `label` every net is told one of that name. Raises NotDerived with the reason and the
    remedy where no objective follows, Fault where the equation or the path is none.
    """
    title, said = known(law)
    choice = choose(law_of(said, path), by, solved, velocity, along, stop)
    found = proved(write(choice, name or f"{title}_by_{_plain(choice)}"), label)
    return found if title == UNNAMED else replace(found, law=title)


def write(choice: Choice, name: str) -> Written:
    """The spec of a choice. Raises NotDerived where the choice makes none."""
    velocities_fit(choice)
    taken, solved = _solved(choice.law, choice.by, choice.side)
    stops_fit(choice, solved)
    return Written(choice, taken, solved, compose(choice, solved, name))


@lru_cache(maxsize=64)
def _solved(law: Law, by: Variable, side: Side) -> tuple[Taken, Solved]:
    """What the law says of its variable, and that solved: alike for all velocities and stops."""
    taken = by.take(law, *side.whole(law))
    return taken, side.solve(taken.identity)


def proved(written: Written, label: str = "") -> Derived:
    """The spec read back, checked and verified. Raises NotDerived where something is against it."""
    choice, solved = written.choice, written.solved
    spec = read_text(written.text, "<derived>")
    case = Case(elaborate_spec(spec))
    _accepted(case)
    wanted = standing(choice, solved)
    varied = read_back(case, choice, wanted)
    told = tuple(steps(choice, written.taken, solved, wanted, varied))
    if label:
        spec = read_text(show_spec(labelled(spec, label)), "<derived>")
        case = Case(elaborate_spec(spec))
        _accepted(case)
    law = choice.law.said.text
    return Derived(law, show_spec(spec), choice, told, _verified(case), label)


def _plain(choice: Choice) -> str:
    """The variable, as a spec may be named by it."""
    return choice.key if choice.key.isascii() and choice.key.isalnum() else choice.by.name


def _accepted(case: Case) -> None:
    """Whether the checks accept what was written. Raises NotDerived."""
    for fault in case.errors:
        remedy = "; ".join(fault.helps) or f"fmdsl explain {fault.code}"
        raise NotDerived(f"it makes no spec: {fault.message} [{fault.code}]", remedy)


def _verified(case: Case) -> Report:
    """What is proved of it. Raises NotDerived where something speaks against it."""
    report = verify(case.spec)
    for verdict in report.verdicts:
        if verdict.is_refuted:
            remedy = _REMEDIES.get(verdict.obligation, verdict.help)
            raise NotDerived(f"it is refuted: {verdict.obligation}: {verdict.reason}",
                             remedy or "choose another velocity, side or stop")  # fmt: skip
    return report
