"""Gradients: vary every trained net by a formal δ, collect the scalar that results.

A stopped copy θ⁻ is another function than the live one until `tie` identifies them, and so
is an ema copy; teachers never move. Two objectives train alike when their gradients agree up
to one common ratio.
"""

from __future__ import annotations

from collections.abc import Iterable

from fmdsl.algebra.atoms import Fn
from fmdsl.algebra.derivative import Form, Tangent
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.intern import Named
from fmdsl.algebra.poly import Mono, split
from fmdsl.algebra.substitute import Map
from fmdsl.algebra.walk import jets


def nets_in(form: Form) -> list[Fn]:
    """The functions that occur in a form, by first appearance."""
    return sorted((f for f in form.deps if isinstance(f, Fn)), key=lambda f: f.uid)


def sg(form: Form) -> Form:
    """The form with its gradient stopped: every live net becomes its frozen copy."""
    return Map(fns={f: f.as_copy("stopped") for f in nets_in(form) if f.moves})(form)


def tie(form: Form, *copies: str) -> Form:
    """θ⁻ := θ. Name `"ema"` too to let the averaged copy have arrived."""
    tied = {"stopped", *copies}
    return Map(fns={f: f.as_copy("live") for f in nets_in(form) if f.copy in tied})(form)


def variation(fn: Fn) -> Fn:
    """δu, the formal variation of a net."""
    return Fn("δ" + fn.name, "variation", "live", fn)


def gradient(loss: Scalar, nets: Iterable[Fn] | None = None) -> Scalar:
    """The first variation of `loss` by the weights of `nets` (all that train, if not given)."""
    moving = [f for f in nets_in(loss) if f.moves] if nets is None else list(nets)
    return Tangent(nets={f: variation(f) for f in moving}).scalar(loss)


def moved_by(loss: Scalar) -> list[Fn]:
    """The nets that receive gradient from a loss."""
    return [f.of for f in nets_in(gradient(loss)) if f.role == "variation" and f.of is not None]


def passed_through(loss: Scalar) -> list[Fn]:
    """The functions through whose input gradient flows on to another net.

    A teacher among them is a fault; a frozen score or a critic may be meant.
    """
    found = {
        jet.fn
        for jet in jets(gradient(loss))
        if any(_is_varied(direction) for _, direction in jet.dirs)
    }
    return sorted(found, key=lambda f: f.uid)


def ratio(a: Scalar, b: Scalar) -> Scalar | None:
    """The factor with `a = factor * b`, one for all variations; None if there is none.

    A factor in which nets occur depends on the residual: it reweights the examples.
    """
    above, below = _by_variation(a), _by_variation(b)
    if not below or above.keys() != below.keys():
        return None
    lead = min(below, key=lambda m: len(below[m].num))
    factor = above[lead] / below[lead]
    return factor if a == factor * b else None


def _by_variation(gradient: Scalar) -> dict[Mono, Scalar]:
    """The coefficient of each variation."""
    varied = frozenset(g.uid for g in gradient.gens if _is_varied(g))
    parts = split(gradient.num, varied)
    return {m: Scalar(part) * gradient.over for m, part in parts.items()}


def _is_varied(g: Named) -> bool:
    return any(isinstance(f, Fn) and f.role == "variation" for f in g.deps)
