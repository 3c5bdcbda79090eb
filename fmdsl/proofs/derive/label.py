"""A derived spec in which every net is told a label: a law holds for each label alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.say import mapped
from fmdsl.syntax.expr import Call, Compare, Expr, Name
from fmdsl.syntax.spec import Draw, Sampler, Spec

E = TypeVar("E", Expr, Call | Compare)


def labelled(spec: Spec, label: str) -> Spec:
    """The spec with a label drawn with the data, and told to its nets after all else.

    Raises NotDerived where the label's name is none, or taken.
    """
    _is_free(spec, label)
    nets = {name for net in spec.nets for name in net.names}

    def told(e: Name | Call) -> Expr:
        if isinstance(e, Call) and e.op in nets:
            return Call(e.op, (*e.args, Name(label)), e.kwargs)
        return e

    def inside(e: E) -> E:
        return mapped(e, told)  # type: ignore[return-value]

    return replace(
        spec,
        nets=tuple(replace(n, inputs=(*n.inputs, Name("label"))) for n in spec.nets),
        draws=tuple(_with_data(d, label) for d in spec.draws),
        lets=tuple(replace(t, body=inside(t.body)) for t in spec.lets),
        groups=tuple(replace(g, loss=inside(g.loss)) for g in spec.groups),
        identities=tuple(inside(i) for i in spec.identities),
        sampler=_sampler(spec.sampler, inside),
    )


def _is_free(spec: Spec, label: str) -> None:
    named = {*(t.name for t in spec.lets), *(n for d in spec.draws for n in d.names)}
    named |= {n for net in spec.nets for n in net.names}
    if label in named or not label.isidentifier():
        why = "names something else" if label in named else "is no name"
        raise NotDerived(f"`{label}` {why}, and cannot be that of a label", "--label c")


def _with_data(draw: Draw, label: str) -> Draw:
    return replace(draw, names=(*draw.names, label)) if draw.law == Name("data") else draw


def _sampler(sampler: Sampler | None, inside: Callable[[Expr], Expr]) -> Sampler | None:
    if sampler is None:
        return None
    step, velocity = (
        None if let is None else replace(let, body=inside(let.body))
        for let in (sampler.step, sampler.velocity)
    )
    return replace(sampler, step=step, velocity=velocity)
