"""From the numbers of one example to one number. The batch axis is never reduced."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fmdsl.ops.operator import Operator
from fmdsl.terms.build import add, constant, divide, multiply, subtract
from fmdsl.terms.level import ONE, ZERO
from fmdsl.terms.term import Term
from fmdsl.terms.types import LABEL, SCALAR, Type, describe


def _flat(a: Any) -> Any:
    return a.reshape(a.shape[0], -1)


def _infer(*kinds: Type) -> Type | str:
    return "a label is not a number" if LABEL in kinds else SCALAR


def _alike(a: Type, b: Type) -> Type | str:
    """Two sides that are compared must be the same kind of thing."""
    if LABEL in (a, b):
        return "a label is not a number"
    if a.is_vector != b.is_vector and "unknown" not in (a.kind, b.kind):
        return "one side is a number, the other a vector"
    if _differ(a, b):
        return f"compares {describe(a)} with {describe(b)}"
    return SCALAR


def _differ(a: Type, b: Type) -> bool:
    """Whether the two are provably different things; what is not known does not differ."""
    if a.mass is None or b.mass is None or a.moment is None or b.moment is None:
        return False
    gaps = (a.mass - b.mass, a.moment - b.moment)
    if any(gap.opaque for gap in gaps):
        return False
    both_states = a.mass == ONE and b.mass == ONE
    # a denoiser's mean has no level: it may be compared with a state at any one
    if both_states and "mean" in (a.kind, b.kind):
        return False
    return any(gap != ZERO for gap in gaps)


def _op(name: str, *args: Term) -> Term:
    from fmdsl.ops import make_op

    return make_op(name, *args)


def _reduction(
    name: str,
    params: tuple[str, ...],
    value: Callable[..., Any],
    doc: str,
    tangent: Callable[[Term, tuple[Term, ...]], Term] | None = None,
    infer: Callable[..., Type | str] = _infer,
    **options: Any,
) -> Operator:
    return Operator(name, params, infer, value, doc, tangent, broadcasts=False, **options)


def _dot(xp: Any, a: Any, b: Any) -> Any:
    return _flat(a * b).sum(-1)


def _square(xp: Any, a: Any, b: Any = 0.0) -> Any:
    d = a - b
    return _flat(d * d).sum(-1)


def _mean_square(xp: Any, a: Any, b: Any = 0.0) -> Any:
    d = a - b
    return _flat(d * d).mean(-1)


def _norm(xp: Any, a: Any) -> Any:
    return _flat(a * a).sum(-1) ** 0.5


def _cosine(xp: Any, a: Any, b: Any) -> Any:
    scale = (_flat(a * a).sum(-1) * _flat(b * b).sum(-1)) ** 0.5
    return _flat(a * b).sum(-1) / (scale + 1e-12)


def _huber(xp: Any, a: Any, b: Any = 0.0, c: float = 0.0) -> Any:
    d = a - b
    return (_flat(d * d).sum(-1) + c * c) ** 0.5 - c


def _bilinear(term: Term, tangents: tuple[Term, ...]) -> Term:
    (a, b), (da, db) = term.args, tangents
    left = constant(0) if _zero(da) else _op("dot", da, b)
    return left if _zero(db) else add(left, _op("dot", a, db))


def _zero(term: Term) -> bool:
    return term.op == "const" and term["value"] == 0


def _square_tangent(name: str) -> Callable[[Term, tuple[Term, ...]], Term]:
    def tangent(term: Term, tangents: tuple[Term, ...]) -> Term:
        gap = subtract(*term.args) if len(term.args) == 2 else term.args[0]
        change = subtract(*tangents) if len(tangents) == 2 else tangents[0]
        inner = _op(name, multiply(constant(2), gap), change) if name == "dot" else None
        return inner or _op("mean", _op("*", multiply(constant(2), gap), change))

    return tangent


total = _reduction(
    "sum",
    ("a",),
    lambda xp, a: _flat(a).sum(-1),
    "sum over an example",
    lambda _, d: _op("sum", *d),
)
mean = _reduction(
    "mean",
    ("a",),
    lambda xp, a: _flat(a).mean(-1),
    "mean over an example",
    lambda _, d: _op("mean", *d),
)
dot = _reduction(
    "dot",
    ("a", "b"),
    _dot,
    "inner product; `dot(y, sg(g))` prescribes the gradient g of y",
    _bilinear,
)
sse = _reduction(
    "sse",
    ("a", "b"),
    _square,
    "sum of squared differences; `sse(a, b)` says that b is the target, `sse(a - b)` claims "
    "nothing",
    _square_tangent("dot"),
    lambda a, b=None: _infer(a) if b is None else _alike(a, b),
    required=1,
)
mse = _reduction(
    "mse",
    ("a", "b"),
    _mean_square,
    "mean of squared differences; b is the target, as in `sse`",
    _square_tangent("mean"),
    lambda a, b=None: _infer(a) if b is None else _alike(a, b),
    required=1,
)
huber = _reduction(
    "huber",
    ("a", "b"),
    _huber,
    "pseudo-Huber distance `sqrt(sse(a, b) + c^2) - c`; c = 0 is the norm; b is the target",
    None,
    lambda a, b=None: _infer(a) if b is None else _alike(a, b),
    required=1,
    keywords=(("c", 0.0),),
)
norm = _reduction(
    "norm", ("a",), _norm, "Euclidean norm", lambda t, d: divide(_op("dot", t.args[0], d[0]), t)
)
cosine = _reduction("cos_similarity", ("a", "b"), _cosine, "cosine of the angle between a and b")

#: Operators whose second argument is a regression target.
REGRESSIONS = frozenset({"sse", "mse", "huber"})
