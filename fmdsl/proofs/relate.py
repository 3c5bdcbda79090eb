"""How two objectives are related, term by term, each with its derivation.

Gradients are compared, with θ⁻ tied to θ: draw by draw, or in expectation given z. The laws by
which clocks are drawn are weights of an expectation and are not compared, nor how data and noise
are coupled: `fmdsl diff` tells them. Losses on two paths are different.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.align import Alignment, alignments, matched
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.canonical import labels_alike, left_over, mapped, read
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.compared import gradients
from fmdsl.proofs.paths import paths_apart
from fmdsl.proofs.relation import (
    AVERAGE,
    DIFFERENT,
    EQUAL,
    GRADIENT,
    LIMIT,
    ORDER,
    UNDECIDED,
    Relation,
)
from fmdsl.proofs.verdict import Step, counterexample
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import Term, number, walk

__all__ = [
    "AVERAGE",
    "DIFFERENT",
    "EQUAL",
    "GRADIENT",
    "LIMIT",
    "UNDECIDED",
    "Relation",
    "relate",
]

_NEAR = Fraction(1, 10**9)


def relate(
    a: Elaborated,
    b: Elaborated,
    settings: dict[str, Fraction] | None = None,
    limit: tuple[str, Fraction] | None = None,
) -> Relation:
    """The strongest relation found between the losses of two specs."""
    one, other = Case(a), Case(b)
    values = {
        make(n): al.scalar(v) for n, v in (settings or {}).items() for make in (al.setting, al.time)
    }
    found = [_under(one, other, how, values, limit) for how in alignments(one, other)]
    best = min(found, key=lambda r: ORDER.index(r.kind)) if found else _nothing()
    if best.holds and (apart := paths_apart(a, b, values)) is not None:
        return apart
    if best.holds and (_averages(a) or _averages(b)):
        return replace(best, reason=f"{best.reason}; each moving average is taken for its net")
    return best


def _averages(spec: Elaborated) -> bool:
    """Whether a loss calls a moving average: tied to its net, as θ⁻ is, to be compared."""
    losses = (o.loss for o in spec.objectives)
    return any(t.op == "jet" and t["copy"].startswith("ema") for t in walk(*losses))


def _given(a: Part, b: Part, how: Alignment) -> dict[Any, Any]:
    """What the specs assume of teachers and frozen nets."""
    truths = (*Case(a.spec).truths.values(), *Case(b.spec).truths.values())
    return {
        net_of(t.output): t for t in truths if t.is_assumption and net_of(t.output) not in how.nets
    }


def _nothing() -> Relation:
    return Relation(DIFFERENT, "no net of the one corresponds to a net of the other")


def _under(
    a: Case, b: Case, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    mine = [p for p in a.parts if not is_adversarial(p) and _is_taken(p, values, limit)]
    theirs = [p for p in b.parts if not is_adversarial(p) and _is_taken(p, values, limit)]
    if not mine or not theirs:
        return _nothing()
    taken, found = dict[int, Part](), list[Relation]()
    for part in mine:
        # sides of one term may all be that term of B
        free = [i for i in range(len(theirs)) if i not in taken or taken[i].piece is part.piece]
        best = min(
            ((_parts(part, theirs[i], how, values, limit), i) for i in free),
            key=lambda pair: ORDER.index(pair[0].kind),
            default=None,
        )
        if best is None:
            found.append(_alone("A", part, "B"))
            continue
        found.append(best[0])
        if best[0].holds:
            taken[best[1]] = part
    if all(r.holds for r in found):
        left = [p for i, p in enumerate(theirs) if i not in taken]
        found += [_other_side(p, theirs, taken, how, values, limit) for p in left]
    return _at_one_order(_joined(found, how), found, limit)


def _at_one_order(
    joined: Relation, found: list[Relation], limit: tuple[str, Fraction] | None
) -> Relation:
    """In a limit all terms must go alike, else one outweighs the others there."""
    orders = sorted({r.order for r in found})
    if limit is None or not joined.holds or len(orders) < 2:
        return joined
    told = " and as ".join(f"{limit[0]}^{k}" for k in orders)
    reason = f"in the limit one term outweighs another: with their weights they go as {told}"
    gap = al.setting(limit[0]) ** (orders[-1] - orders[0]) - 1
    world, place = counterexample(gap), found[0].span
    return Relation(DIFFERENT, reason, None, joined.steps, gap, world, span=place)


def _other_side(
    part: Part, theirs: list[Part], taken: dict[int, Part], how: Alignment,
    values: dict[Any, Any], limit: tuple[str, Fraction] | None,
) -> Relation:  # fmt: skip
    """A part of B that nothing of A is yet: another side of a term that is one of A's."""
    own = [a for i, a in taken.items() if theirs[i].piece is part.piece]
    found = (_parts(a, part, how, values, limit) for a in own)
    return next((r for r in found if r.holds), _alone("B", part, "A"))


def _alone(one: str, part: Part, other: str) -> Relation:
    told = f"{one} has the term {part.piece.title}, and {other} has none like it"
    return Relation(DIFFERENT, told)


def _is_taken(part: Part, values: dict[Any, Any], limit: tuple[str, Fraction] | None) -> bool:
    """Whether the part's branches go the way that the asked values make them go."""
    known = {al.symbol(k).name: v.number for k, v in values.items()}
    if limit is not None:
        known[limit[0]] = limit[1] + _NEAR
    return all(_goes(c, known) in (None, held) for c, held in part.branch.cases)


def _goes(condition: Term, known: dict[str, Fraction]) -> bool | None:
    sides = [
        known.get(t["name"], number(t)) if t.op == "let" else number(t) for t in condition.args
    ]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        return None
    a, b = (s or Fraction(0) for s in sides)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}.get(condition.op)


def _joined(found: list[Relation], how: Alignment) -> Relation:
    """As strong as the weakest of the terms; one common factor, or none is told."""
    worst = max(found, key=lambda r: ORDER.index(r.kind))
    factors = list(dict.fromkeys(r.factor for r in found))
    opening = tuple(Step(f"The nets: {w}.") for w in how.words)
    steps = opening + tuple(s for r in found for s in r.steps)
    if worst.holds and len(factors) > 1:
        told = ", ".join(al.text(f) for f in factors if f is not None)
        reason = f"each term is gradient-equal, with factors of its own: {told}"
        return Relation(max((GRADIENT, worst.kind), key=ORDER.index), reason, None, steps)
    reasons = dict.fromkeys(r.reason for r in found if r.kind == worst.kind)
    told = "; elsewhere ".join(reasons) if worst.holds else worst.reason
    return replace(worst, reason=told, steps=steps)


def _parts(
    a: Part, b: Part, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    try:
        return _compared(a, b, how, values, limit)
    except STOPS as stop:
        return Relation(UNDECIDED, str(stop)[:200])


def _compared(
    a: Part, b: Part, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    left, right = read(a.varied, a, values, {}), read(b.varied, b, values, how.nets)
    left, right = labels_alike(left, right)
    clocks = matched(left.varied, right.varied) if left.pairs and right.pairs else {}
    if clocks is None:
        return Relation(DIFFERENT, "the learners are varied at different places")
    right = mapped(right, {**clocks, **left_over(left, right, clocks)})
    steps = (Step(f"The residual of {a.piece.title} in A is", left.residual),
             Step(f"and that of {b.piece.title} in B, in A's names,", right.residual))  # fmt: skip
    mine, theirs = left.at({}), right.at({})
    return gradients(a, b, mine, theirs, (left, right), steps, limit, _given(a, b, how))
