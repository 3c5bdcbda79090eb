"""What one example sees of another: the batch as a ring."""

from __future__ import annotations

from fmdsl.ops.operator import Operator
from fmdsl.terms.term import Term
from fmdsl.terms.types import LABEL, Type


def _same(kind: Type) -> Type | str:
    return "a label has no neighbour" if kind == LABEL else kind


def _moved(term: Term, tangents: tuple[Term, ...]) -> Term:
    from fmdsl.ops import make_op

    del term
    return make_op("other", *tangents)


other = Operator(
    "other",
    ("a",),
    _same,
    lambda xp, a: xp.roll(a, -1, 0),
    "the same quantity of the next example of the batch, of the first one after the last: for "
    "what compares samples, such as a kernel; levels that both are to share are `shared`",
    _moved,
    broadcasts=False,
)
