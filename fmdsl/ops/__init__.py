"""Operators and laws of the language, one file per family.

`OPERATORS` and `LAWS` are collected from the modules of this folder by name; a new file
with a module-level `Operator` or `Law` is all it takes to add one.
"""

from __future__ import annotations

from typing import Any

from fmdsl.catalog import members
from fmdsl.ops.law import Law
from fmdsl.ops.operator import Operator
from fmdsl.syntax.source import Span
from fmdsl.terms.term import Term
from fmdsl.terms.types import VECTOR, Type

OPERATORS: dict[str, Operator] = {o.name: o for o in members("fmdsl.ops", Operator).values()}
LAWS: dict[str, Law] = {law.name: law for law in members("fmdsl.ops", Law).values()}

#: Operators that the elaborator itself gives meaning to, with their manual lines.
SPECIAL: dict[str, str] = {
    "sg(e)": "e with its gradient stopped; commutes with `D`",
    "D(e, t, name=w)": "total derivative of e by t; `name=w` gives that let or draw "
    "a tangent of its own, 0 holds it",
    "jvp(u, (z, r, t), (v, 0, 1))": "the derivative of u at a place along a direction; "
    "checked against `D`",
    "ema(u(z, t), 0.99)": "u(z, t) by the exponential moving average of its weights; a function "
    "let takes the averaged net by name, `f(z, s, F=ema(F, 0.99))`",
    "path(x, e, t)": "the state at t between data x and noise e",
    "flow(z, t, r, of=v)": "exact: where the flow takes z from t to r",
    "velocity(z, t, given=null)": "exact: the marginal velocity; of the law without labels where "
    "`given=null` stands, as for `flow` and `score`",
    "score(z, t)": "exact: the gradient of the log density at t",
    "expect(y, given=z)": "exact: conditional expectation over the draws",
    "solve(v, z, from, to, method=heun, steps=1)": "z carried along the velocity expression v by "
    "an ODE solver",
    "features(u(z, t), layer=mid)": "a hidden layer of that call of a net",
}


def make_op(name: str, *args: Term, span: Span | None = None, **attrs: Any) -> Term:
    """A term of a declared operator with its type inferred; a complaint becomes a plain vector."""
    inferred = OPERATORS[name].infer(*(a.type for a in args))
    kind = inferred if isinstance(inferred, Type) else VECTOR
    return Term(name, args, tuple(sorted(attrs.items())), kind, span)
