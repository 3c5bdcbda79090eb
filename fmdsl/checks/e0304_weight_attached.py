"""An adaptive weight is not detached

Dividing a loss by its own size (`error / (error + 0.01)`, MeanFlow's adaptive weight; DMD's
division by the distance to the teacher's denoiser) is a weight: it says how much an example
counts. Without `sg` the gradient flows through the weight as well: what is minimised is then
`1 - c / (error + c)`, or the weight is made large instead of the error small.

A learned weight is something else and is right without `sg`: `exp(-w(t)) * error + w(t)`.

Wrong:

    minimize:
      u: error / (error + 0.01)

Right:

    minimize:
      u: error / sg(error + 0.01)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import stopped
from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient, gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.build import poly
from fmdsl.terms.term import Term

#: What is compared with what, whichever comes first.
Residual = frozenset[int]


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        gradient = gradient_of(spec, group)
        for term in gradient.live(group.loss):
            if term.op == "/":
                yield from _attached(gradient, term.args[0], term.args[1])
            elif term.op == "*":
                for one, other in (term.args, term.args[::-1]):
                    for below in _divisors(gradient, other):
                        yield from _attached(gradient, one, below)


def _attached(gradient: Gradient, weighted: Term, below: Term) -> Iterator[Diagnostic]:
    above, weight = _residuals(gradient, weighted), _residuals(gradient, below)
    if not weight or not (above & weight or _prescribes(gradient, weighted)):
        return
    if below.span is None:
        return
    labels = [Label(below.span, "gradient flows through this weight")]
    if weighted.span is not None:
        labels.append(Label(weighted.span, "it weights this, which depends on the same nets"))
    helps = (stopped(below.span, "the weight"),)
    yield Diagnostic("E0304", "an adaptive weight is not detached", tuple(labels), helps=helps)


def _residuals(gradient: Gradient, term: Term) -> frozenset[Residual]:
    """The differences of vectors below that are live."""
    found: set[Residual] = set()
    for t in gradient.live(term):
        compares = t.op in REGRESSIONS and len(t.args) == 2
        if compares or (t.op == "-" and t.type.is_vector):
            found.add(frozenset(_unstopped(a).key for a in t.args))
    return frozenset(found)


def _divisors(gradient: Gradient, factor: Term) -> Iterator[Term]:
    """What a factor divides by, live."""
    for t in gradient.live(factor):
        if t.op == "/":
            yield t.args[1]
        elif t.op == "^":
            exponent = poly(t.args[1])
            if exponent is not None and (exponent.value or 0) < 0:
                yield t.args[0]


def _prescribes(gradient: Gradient, term: Term) -> bool:
    """Whether it prescribes a gradient, `dot(y, sg(g))`, whose own value means nothing."""
    inner = (t for t in gradient.live(term) if t.op == "dot")
    return any(_is_stopped(t.args[0]) != _is_stopped(t.args[1]) for t in inner)


def _is_stopped(term: Term) -> bool:
    return term.bare.op == "sg"


def _unstopped(term: Term) -> Term:
    bare = term.bare
    return _unstopped(bare.args[0]) if bare.op == "sg" else bare


CHECK = Check("E0304", _run)
