"""A division by a difference that is zero on some of the rows

`ordered(…, equal=0.75)` sets the two clocks equal in three quarters of the rows. There `t - r` is
zero, and what is divided by it is infinite or not a number; one such row spoils the whole batch.

Wrong:

    draw:
      r, t: ordered(uniform(0, 1), equal=0.75)
    minimize:
      u: error / (t - r)

Right:

    minimize:
      u: error / max(t - r, 0.01)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import quoted
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span
from fmdsl.terms.build import poly
from fmdsl.terms.level import ZERO, Poly
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for names, share, place in _diagonals(spec):
        for term in _unguarded(*(o.loss for o in spec.objectives)):
            if term.op == "/" and term.span and _vanishes(term.args[1], *names):
                below = term.args[1]
                yield Diagnostic(
                    "E0806",
                    f"{quoted(below)} is zero in a share {share:g} of the rows",
                    (
                        Label(below.span or term.span, "divided by here"),
                        Label(place, f"`{names[0]}` = `{names[1]}` in a share {share:g} of them"),
                    ),
                    helps=(_remedy(below),),
                )


def _unguarded(*roots: Term) -> Iterator[Term]:
    """Terms below the roots that no `where` stands in front of."""
    behind = {id(t) for w in walk(*roots) if w.op == "where" for t in walk(*w.args[1:])}
    return (t for t in walk(*roots) if id(t) not in behind)


def _remedy(below: Term) -> str:
    written = quoted(below).strip("`")
    return f"keep it away from zero, `max({written}, 0.01)`, or draw with `equal=0`"


def _diagonals(spec: Elaborated) -> Iterator[tuple[tuple[str, str], float, Span]]:
    for drawn in spec.draws:
        share = dict(drawn.law.keywords).get("equal", 0.0)
        if drawn.law.name == "ordered" and share > 0 and len(drawn.names) == 2:
            yield (drawn.names[0], drawn.names[1]), share, drawn.span


def _vanishes(term: Term, a: str, b: str) -> bool:
    """Whether a divisor is zero where a = b, and not everywhere."""
    value = poly(term)
    return bool(value and value.terms) and _on_diagonal(value, a, b) == ZERO


def _on_diagonal(value: Poly | None, a: str, b: str) -> Poly | None:
    if value is None or value.opaque:
        return None
    total = ZERO
    for monomial, c in value.terms:
        part = Poly.constant(c)
        for key, n in monomial:
            factor = Poly.atom(a if key == b else key)
            for _ in range(abs(n)):
                part = part * (factor if n > 0 else factor.inverse())
        total += part
    return total


CHECK = Check("E0806", _run)
