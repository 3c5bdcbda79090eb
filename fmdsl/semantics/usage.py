"""How special calls are written, and what is noted of one that is not."""

from __future__ import annotations

from fmdsl.semantics.expression import unknown
from fmdsl.semantics.scope import Scope
from fmdsl.syntax.expr import Call, Name
from fmdsl.terms.term import Term

#: How each special call is written.
USAGE = {
    "D": "D(e, t, name=w)",
    "jvp": "jvp(u, (z, r, t), (v, 0, 1))",
    "sg": "sg(e)",
    "ema": "ema(u(z, t), 0.99)",
    "path": "path(x, e, t)",
    "flow": "flow(z, t, r, given=c)",
    "velocity": "velocity(z, t, given=c)",
    "score": "score(z, t, given=c)",
    "expect": "expect(y, given=z)",
    "solve": "solve(v, z, from, to, method=heun, steps=1)",
    "features": "features(u(z, t), layer=mid)",
}


def wrong(e: Call, scope: Scope) -> Term:
    """A call with arguments that mean nothing, noted."""
    scope.note("wrong_arguments", e.span, usage=USAGE[e.op], name=e.op, given=len(e.args))
    return unknown(e)


def named(e: Call, keyword: str) -> str | None:
    """The name that a keyword of a call is given, if it is one."""
    value = e.keyword(keyword)
    return value.id if isinstance(value, Name) else None
