"""Questions about what the data are conditioned on."""

from __future__ import annotations

from fmdsl.ops.operator import Operator
from fmdsl.terms.types import BOOL, LABEL, Type


def _of_a_label(kind: Type) -> Type | str:
    return BOOL if kind == LABEL else "only a label can be empty"


labelled = Operator(
    "labelled",
    ("c",),
    _of_a_label,
    lambda xp, c: c >= 0,
    "whether the label c is not the empty one: `where(labelled(c), a, b)`",
)
