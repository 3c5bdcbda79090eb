"""Settings and schedules in a residual: what is left at the values that they have.

A share that warms up to 0.99 leaves a hundredth of what it is a share of: the truth is stationary
at 1, next to which it ends, and that is told. Any other value is the spec's own, and refutes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol, Vector
from fmdsl.proofs.diagonal import off_the_diagonal
from fmdsl.proofs.progress import value_at
from fmdsl.proofs.stepped import Way
from fmdsl.proofs.verdict import Form
from fmdsl.semantics.elaborated import Elaborated

#: How far from 0 or 1 a share may end that is taken for it.
_NEAR = Fraction(1, 20)


def next_to(spec: Elaborated, form: Form) -> str:
    """`ρ = 1, next to which it ends`, where the form is zero there; else nothing."""
    for name, share, there in near(spec, form):
        if there.is_zero:
            return f"{name} = {share}, next to which it ends"
    return ""


def near(spec: Elaborated, form: Form) -> Iterator[tuple[str, Fraction, Form]]:
    """Shares that end next to 0 or 1, which of the two, and the form there."""
    for name, last in _schedules(spec, form):
        for share in (Fraction(0), Fraction(1)):
            if last != share and abs(last - share) <= _NEAR:
                yield name, share, _put(form, {name: share})


def refuted(spec: Elaborated, form: Form, ways: Iterable[Way]) -> al.Counterexample | None:
    """A world in which the form is not zero at the values of settings, schedules at their last.

    `ways` are those of the steps of clocks. None where a weight is left that no factor takes out.
    """
    values = dict(spec.settings.items()) | dict(_schedules(spec, form))
    try:
        scale = next(iter(form.terms.values())) if isinstance(form, Vector) else al.ONE
        if _put(form, values).is_zero or _put(scale, values).is_zero:
            return None
        there: Any = form / scale
        free = _left(there) - values.keys()
        return None if free else off_the_diagonal(there, _forms(values), ways)
    except (al.Pole, ValueError):
        return None


def _left(form: Form) -> set[str]:
    """The settings, schedules and closed weights of a form."""
    return {s.name for s in form.deps if isinstance(s, Symbol) and s.kind == "setting"}


def _forms(values: dict[str, Fraction]) -> dict[Scalar, Scalar]:
    return {al.setting(n): al.scalar(v) for n, v in values.items()}


def _schedules(spec: Elaborated, form: Form) -> Iterator[tuple[str, Fraction]]:
    """The schedules that a form holds, with their last values."""
    for name, let in spec.lets.items():
        if al.symbol(al.setting(name)) in form.deps and name not in spec.settings:
            last = value_at(let, 1)
            if last is not None:
                yield name, last


def _put(form: Any, values: dict[str, Fraction]) -> Any:
    known = {n: v for n, v in values.items() if al.symbol(al.setting(n)) in form.deps}
    return al.put(form, _forms(known)) if known else form
