"""Parameters that a law cannot have

The lower end of an interval lies below the upper one, a standard deviation is positive, a share
(`equal`, `p`) lies between 0 and 1.

Wrong:

    draw:
      t: uniform(1, 0)

Right:

    draw:
      t: uniform(0, 1)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.ops import LAWS
from fmdsl.ops.law import Interval
from fmdsl.semantics.elaborated import Elaborated, LawTerm
from fmdsl.semantics.ranges import EVERYTHING, Ranges, ranges
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term

#: Keywords that are shares of the rows.
_SHARES = ("equal", "p")


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    known = ranges(spec)
    for drawn in spec.draws:
        yield from _faults(drawn.law, known)


def _faults(law: LawTerm, known: Ranges) -> Iterator[Diagnostic]:
    for param in law.params:
        if isinstance(param, LawTerm):
            yield from _faults(param, known)
    if law.span is None or law.name not in LAWS:
        return
    complaint = _complaint(law, known)
    if complaint:
        yield Diagnostic(
            "E0803",
            f"`{law.name}` cannot have these parameters",
            (Label(law.span, complaint),),
            helps=(f"it is written `{LAWS[law.name].usage}`",),
        )


def _complaint(law: LawTerm, known: Ranges) -> str | None:
    rule = LAWS[law.name].fault
    if rule and len(law.params) == len(LAWS[law.name].params):
        said = rule(*(_interval(p, known) for p in law.params))
        if said:
            return said
    shares = ((name, value) for name, value in law.keywords if name in _SHARES)
    wrong = next((name for name, value in shares if not 0 <= value <= 1), None)
    return f"the share `{wrong}` lies between 0 and 1" if wrong else None


def _interval(param: object, known: Ranges) -> Interval:
    if isinstance(param, LawTerm):
        law = LAWS.get(param.name)
        whole = law is not None and len(param.params) == len(law.params)
        inner = (_interval(p, known) for p in param.params)
        return law.support(*inner) if law and whole else EVERYTHING
    return known.of(param) if isinstance(param, Term) and param.type.is_scalar else EVERYTHING


CHECK = Check("E0803", _run)
