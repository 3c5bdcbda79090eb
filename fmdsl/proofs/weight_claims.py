"""Claims about a weight: `unit(β, progress=1)` and `unit_mean(β, r < t)`.

The one says that training ends, or begins, with the plain loss; the other that a weight only moves
emphasis among the rows for which a comparison holds, and leaves their sum as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fmdsl import algebra as al
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.units import Mean, less_one, mean_of, named
from fmdsl.proofs.verdict import (
    ORACLE,
    PROVED,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
    refuted_or_undecided,
)
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Call, Compare, Expr, Name, names
from fmdsl.syntax.source import Span
from fmdsl.terms.term import Term, make, walk

CLAIMS = ("unit", "unit_mean")
NAME = "claim"


def weight_claim(
    spec: Elaborated, claim: Call, values: Mapping[str, Fraction], subject: str
) -> Verdict:
    """Whether a weight is 1 at these values, or on average."""
    weight = _term(spec, claim.args[0])
    if weight is None:
        return Verdict(UNDECIDED, NAME, subject, "there is no number of that name")
    span = _place(spec, weight, "progress" in values) or claim.span
    try:
        if claim.op == "unit":
            return _unit(less_one(spec, weight, values), subject, span)
        rows = _rows(spec, claim.args[1:])
        return _mean(mean_of(spec, weight, rows, float(values.get("progress", 0))), subject, span)
    except Untranslated as stop:
        return Verdict(UNDECIDED, NAME, subject, str(stop))


def _place(spec: Elaborated, weight: Term, by_progress: bool) -> Span | None:
    """Where the weight is made: at the schedule in it where the claim is of one."""
    made = [t["name"] for t in walk(weight) if t.op == "let"]
    lets = [t for t in spec.spec.lets if t.name in made]
    timed = [t for t in lets if by_progress and "progress" in names(t.body)]
    own = [t for t in lets if weight.op == "let" and t.name == weight["name"]]
    return next((t.body.span for t in (*timed, *own)), None)


def _unit(gap: al.Scalar, subject: str, span: Span | None) -> Verdict:
    if gap.is_zero:
        return Verdict(PROVED, NAME, subject, "the weight is 1 there, whatever is drawn")
    steps = (Step("There it is 1 and", gap),)
    return refuted_or_undecided(NAME, subject, gap, "the weight is not 1 there", steps, span=span)


def _mean(found: Mean, subject: str, span: Span | None) -> Verdict:
    told = f"the mean over draws is {found.value:.3f}, with a deviation of {found.deviation:.1g}"
    if found.is_one:
        return Verdict(ORACLE, NAME, subject, told)
    world = al.Counterexample(0, 1, found.value - 1, "a hundred thousand draws")
    gap = al.scalar(Fraction(found.value - 1).limit_denominator(1000))
    return Verdict(REFUTED, NAME, subject, f"{told}: it is not 1", (), gap, world, span=span)


def _rows(spec: Elaborated, args: tuple[Expr, ...]) -> Term | None:
    """The comparison that tells which rows are meant; None for all."""
    if not args or not isinstance(args[0], Compare) or len(args[0].signs) != 1:
        return None
    sides = [_term(spec, e) for e in args[0].operands]
    a, b = (s for s in sides if s is not None)
    return make(args[0].signs[0], a, b)


def _term(spec: Elaborated, e: Expr) -> Term | None:
    return named(spec, e.id) if isinstance(e, Name) else None
