"""SiD's projected identity: of values, by the tower rule.

A loss `⟨f - ψ, f - y - a (f - ψ)⟩` of a student's sample y reads a frozen net f and a critic ψ at
a state that y made. Given that state `E y` is what ψ says, so that the value is `(1 - a) |f - ψ|²`:
a multiple of the squared difference of the two laws' scores. The gradient is not that of this
multiple, since ψ is held while the student moves (arXiv:2404.04057); where it leads is told by
`held`.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.critics.held import Product, asks_no_net, astray, gradient, product
from fmdsl.proofs.critics.laws import Seen, at_truth, score_slope, seen
from fmdsl.proofs.critics.scores import prescribed, roles
from fmdsl.proofs.variation import expected
from fmdsl.proofs.verdict import HOLDS_IF, PROVED, UNDECIDED, Step, Verdict

NAME = "critics"


def projected_identities(case: Case) -> Iterator[Verdict]:
    """Verdicts on each product, of a frozen net and a critic, that is not prescribed."""
    for part in case.parts:
        core = part.piece.core
        if core.op != "dot" or not _is_of_both(*(roles(case, a) for a in core.args)):
            continue
        try:
            where = seen(case, part)
            if where is not None:
                yield from _of(case, part, where)
        except STOPS:
            continue


def _is_of_both(*factors: set[str]) -> bool:
    """Whether one factor reads both nets, the frozen one and the critic, and the other either."""
    pair = {"frozen", "critic"}
    return any(pair <= f for f in factors) and all(pair & f for f in factors)


def _of(case: Case, part: Part, where: Seen) -> Iterator[Verdict]:
    found = product(case, part, where)
    wrong = [] if found is None else [*astray(case, part, where, found)]
    yield from wrong
    if wrong:
        return
    if found is not None and asks_no_net(case, part):
        reason = "no gradient passes through its nets: it moves samples as a difference of scores"
        yield Verdict(_taken(case, part), NAME, part.subject, _if(case, part, reason))
    elif prescribed(part.piece.core):
        reason = "one factor of the product is stopped: its gradient is not the product's"
        yield Verdict(UNDECIDED, NAME, part.subject, reason, help="let both factors move")
    else:
        yield _value(case, part, where, found)


def _value(case: Case, part: Part, where: Seen, found: Product | None) -> Verdict:
    whole = al.dot(*(where.read.vector(a) for a in part.piece.core.args))
    value = expected(at_truth(case, part, where.given(whole)))
    factor = None if value.moments else _factor(value.value, where)
    steps = (Step("Given z, with y and the noise in terms of z and ξ, its mean is", value.value),)
    if factor is None:
        reason = "its value is no multiple of the squared difference of the two laws' scores"
        return Verdict(UNDECIDED, NAME, part.subject, reason, steps)
    factor = part.piece.sign * factor
    steps += (Step("which is the squared difference of the two laws' scores times", factor),)
    if found is not None:
        steps += tuple(gradient(found))
    reason = (
        f"given z, its value is {al.text(factor)} times the squared difference of the two laws' "
        "scores (the projected identity, of values: its gradient holds the critic)"
    )
    return Verdict(_taken(case, part), NAME, part.subject, _if(case, part, reason), steps)


def _taken(case: Case, part: Part) -> str:
    return HOLDS_IF if case.assumptions(part) else PROVED


def _if(case: Case, part: Part, reason: str) -> str:
    assumed = "; ".join(case.assumptions(part))
    return f"{assumed}: then {reason}" if assumed else reason


def _factor(value: Scalar, where: Seen) -> Scalar | None:
    """By what the value is `|∇ log q - ∇ log p|²`."""
    if value.is_zero:
        return al.ZERO
    own = [v for v in al.jets(value) if v.fn.role == "field"]
    found = list(dict.fromkeys(own))
    if len(found) != 2:
        return None
    a, b = (al.Vector({v: al.ONE}) for v in found)
    ratio = al.ratio(value, al.norm2(a - b))
    if ratio is None or al.nets_in(ratio):
        return None
    return ratio / score_slope(where.weights) ** 2
