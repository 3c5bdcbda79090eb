"""`max`, `min` and `clip` in a form: what it is where the bound does not act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.atoms import Jet
from fmdsl.algebra.walk import jets

Form = TypeVar("Form", Scalar, Vector)
_SIGNS = {"max": ">=", "min": "<="}


def branches(form: Form) -> Iterator[tuple[Form, str]]:
    """The form with each bound left out, and the condition under which that is right."""
    for jet in bounds(form):
        net = al.ScalarNet(jet.fn)
        condition = f"{al.text(jet.times[0])} {_SIGNS[jet.fn.name]} {al.text(jet.times[1])}"
        yield al.put(form, {net: _first}), condition


def bounds(form: Scalar | Vector) -> list[Jet]:
    """The bounds of a form, one for each function."""
    found = [j for j in jets(form) if j.fn.role == "function" and j.fn.name in _SIGNS]
    return list({j.fn: j for j in found}.values())


def _first(*args: Any) -> Scalar:
    return args[0]
