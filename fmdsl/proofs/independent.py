"""What a residual owes to draws that the net does not see, where these stand apart.

The net is called at noise ε and must make the residual vanish in expectation over all else. Where
the residual is one part of ε and another of draws independent of it, the second part's mean is the
same for every ε: two values of ε then leave the difference of their first parts, of nothing else.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.algebra.atoms import Basis
from fmdsl.proofs.plain import is_plain
from fmdsl.proofs.variation import Varied


def between(varied: Varied, form: Vector) -> Vector | None:
    """The residual at one value of what the net sees less that at another.

    None where what the net does not see is left in it.
    """
    if varied.frame.draws or not varied.pairs or not is_plain(varied.varied):
        return None
    jets = [a for a in varied.varied.terms if isinstance(a, al.Jet)]
    given = {a for j in jets for p in j.places for a in p.terms if isinstance(a, Basis)}
    drawn = {d for d in form.deps if isinstance(d, Basis) and d.kind == "random"}
    if not given & drawn or drawn <= given:
        return None
    other = {al.random(d.name): al.random(f"{d.name}'") for d in given & drawn}
    gap = form - al.put(form, other)
    return None if (drawn - given) & gap.deps else gap
