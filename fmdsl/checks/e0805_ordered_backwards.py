"""A pair of clocks in the wrong order

`ordered` gives the smaller number to the first name. With noise at t = 1 a state lives at the
larger of the two, and is carried down to the smaller. Where the names stand the other way round,
every state lives at the smaller clock and the net learns the way back into noise.

Wrong:

    draw:
      t, r: ordered(uniform(0, 1))
    let:
      z: path(x, e, t)

Right:

    draw:
      r, t: ordered(uniform(0, 1))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Drawn, Elaborated, Route
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.build import poly
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    terms = list(walk(*(o.loss for o in spec.objectives)))
    paths = [t for t in terms if t.op == "path"]
    for drawn in spec.draws:
        if drawn.law.name == "ordered" and len(drawn.names) == 2 and len(spec.routes) == 1:
            yield from _backwards(drawn, paths, terms, spec.routes[0])


def _backwards(
    drawn: Drawn, paths: list[Term], terms: list[Term], route: Route
) -> Iterator[Diagnostic]:
    clean, noisy = drawn.names if _is_late(route) else drawn.names[::-1]
    at = [p for p in paths if poly(p.args[3]) == Poly.atom(clean)]
    there = any(poly(p.args[3]) == Poly.atom(noisy) for p in paths)
    together = any(_reads(t, clean, noisy) for t in terms)
    if at and at[0].span and not there and together:
        smaller, larger = drawn.names
        swapped = f"`{larger}, {smaller}: ordered(…)`"
        yield Diagnostic(
            "E0805",
            f"the state lives at `{clean}`, the clean end of the pair",
            (
                Label(drawn.span, f"`{smaller}` is the smaller of the two"),
                Label(at[0].span, f"the state that the net reads, at `{clean}`"),
            ),
            helps=(f"the first name is the smaller: {swapped}, or take the state at `{noisy}`",),
        )


def _is_late(route: Route) -> bool:
    """Whether time runs up towards the noise."""
    ends = (route.data_end, route.noise_end)
    return ends[0] is None or ends[1] is None or ends[0] < ends[1]


def _reads(term: Term, clean: str, noisy: str) -> bool:
    """Whether a net reads both clocks and a state at the clean one."""
    if term.op != "jet" or term["copy"] == "exact":
        return False
    clocks = {poly(a) for a in term.place if a.type.is_scalar}
    levels = {a.type.level for a in term.place if a.type.is_vector}
    return Poly.atom(clean) in levels and Poly.atom(noisy) in clocks


CHECK = Check("E0805", _run)
