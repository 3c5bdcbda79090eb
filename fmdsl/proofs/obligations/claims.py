"""The spec's claims about other specs hold.

`equal(imf)`: equal losses. `gradient_equal(meanflow)`: gradients that agree up to a factor, draw
by draw or in expectation. `special(flow_matching, α=1)`: gradient-equal once settings have these
values. `limit(meanflow, α=0)`: the gradient comes to the other's, and all terms and sides of
branches at one order in α, their weights counted. `different(esd)`: it does not
train alike, with a world in which the two are apart. `fmdsl relate` shows the derivation.

Two claims are of a weight: `unit(β, progress=1)`, that it is 1 where these have such values, and
`unit_mean(β, r < t)`, that it is 1 on average over the rows for which the comparison holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.relate import (
    AVERAGE,
    DIFFERENT,
    EQUAL,
    GRADIENT,
    LIMIT,
    UNDECIDED,
    Relation,
    relate,
)
from fmdsl.proofs.verdict import IN_THE_LIMIT, PROVED, REFUTED, Verdict
from fmdsl.proofs.verdict import UNDECIDED as NOT_DECIDED
from fmdsl.proofs.weight_claims import CLAIMS, weight_claim
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.expr import Call, Expr, Name, Number
from fmdsl.syntax.locate import locate
from fmdsl.syntax.reader import read
from fmdsl.syntax.show import show

NAME = "claim"
#: What each claim asks of the relation that is found.
_WANTED = {
    "equal": (EQUAL,),
    "gradient_equal": (EQUAL, GRADIENT, AVERAGE),
    "special": (EQUAL, GRADIENT, AVERAGE),
    "limit": (LIMIT,),
    "different": (DIFFERENT,),
}


def _prove(case: Case) -> Iterator[Verdict]:
    for claim in case.spec.spec.claims:
        yield _of(case, claim)


def _of(case: Case, claim: Expr) -> Verdict:
    subject = show(claim)
    if isinstance(claim, Call) and claim.op in CLAIMS and claim.args:
        values = {name: _value(e) for name, e in claim.kwargs}
        return weight_claim(case.spec, claim, values, subject)
    if not isinstance(claim, Call) or claim.op not in _WANTED or not claim.args:
        help_ = f"a claim is one of {', '.join(f'`{name}(SPEC)`' for name in _WANTED)}, "
        help_ += " or ".join(f"`{name}(WEIGHT)`" for name in CLAIMS)
        return Verdict(NOT_DECIDED, NAME, subject, "there is no such relation", help=help_)
    values = {name: _value(e) for name, e in claim.kwargs}
    try:
        other = _read(case, claim.args[0])
    except Fault as fault:
        return Verdict(NOT_DECIDED, NAME, subject, fault.diagnostics[0].message)
    return _verdict(claim.op, subject, _found(case, claim.op, other, values), claim)


def _found(case: Case, kind: str, other: Elaborated, values: dict[str, Fraction]) -> Relation:
    if kind == "limit":
        name, to = next(iter(values.items()), ("α", Fraction(0)))
        return relate(case.spec, other, None, (name, to))
    mine = elaborate_spec(case.spec.spec, values) if values else case.spec
    return relate(mine, other, values)


def _verdict(kind: str, subject: str, found: Relation, claim: Call) -> Verdict:
    if found.kind in _WANTED[kind]:
        proved = IN_THE_LIMIT if kind == "limit" else PROVED
        return Verdict(proved, NAME, subject, found.reason, found.steps, span=claim.span)
    if found.kind == UNDECIDED or (found.counterexample is None and found.kind == DIFFERENT):
        return Verdict(NOT_DECIDED, NAME, subject, found.reason, found.steps, found.residual)
    reason = f"the two are {found.kind}: {found.reason}"
    return Verdict(
        REFUTED if found.counterexample is not None else NOT_DECIDED, NAME, subject, reason,
        found.steps, found.residual, found.counterexample, span=found.span or claim.span,
    )  # fmt: skip


def _read(case: Case, name: Expr) -> Elaborated:
    text = name.id if isinstance(name, Name) else show(name)
    folder = Path(case.spec.spec.source.path).parent
    return elaborate_spec(read(locate(text, folder, name.span)))


def _value(e: Expr) -> Fraction:
    if isinstance(e, Call) and e.op == "neg":
        return -_value(e.args[0])
    return e.value if isinstance(e, Number) else Fraction(0)


OBLIGATION = Obligation(NAME, _prove)
