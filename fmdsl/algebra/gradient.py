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
from fmdsl.algebra.substitute import Map


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


def ratio(a: Scalar, b: Scalar) -> Scalar | None:
    """The factor with `a = factor * b` when it does not depend on the variations."""
    if a.is_zero or b.is_zero:
        return None
    factor = a / b
    return None if any(f.role == "variation" for f in nets_in(factor)) else factor
