"""A spec with one expression in the place of another, as if its author had written that."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from fmdsl.syntax.expr import Call, Compare, Expr, Tuple, walk
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Group, Let, Sampler, Spec, Stage


def replaced(e: Expr, old: Expr, new: Expr) -> Expr:
    """`e` with `new` where the node `old` itself stands, and not where its like does.

    What is new has the place of what it stands for; what does not hold `old` is left itself.
    """
    if e is old:
        return _placed(new, old.span)
    return _within(e, old, new) if any(part is old for part in walk(e)) else e


def _within(e: Expr, old: Expr, new: Expr) -> Expr:
    match e:
        case Call():
            kwargs = tuple((name, replaced(value, old, new)) for name, value in e.kwargs)
            return dataclasses.replace(e, args=_all(e.args, old, new), kwargs=kwargs)
        case Tuple():
            return dataclasses.replace(e, items=_all(e.items, old, new))
        case Compare():
            return dataclasses.replace(e, operands=_all(e.operands, old, new))
        case _:
            return e


def _placed(e: Expr, span: Span | None) -> Expr:
    """`e` with this place wherever it has none."""
    match e:
        case Call():
            kwargs = tuple((name, _placed(value, span)) for name, value in e.kwargs)
            e = dataclasses.replace(e, args=_all_placed(e.args, span), kwargs=kwargs)
        case Tuple():
            e = dataclasses.replace(e, items=_all_placed(e.items, span))
        case _:
            pass
    return e if e.span else dataclasses.replace(e, span=span)


def _all_placed(es: Iterable[Expr], span: Span | None) -> tuple[Expr, ...]:
    return tuple(_placed(e, span) for e in es)


def _all(es: Iterable[Expr], old: Expr, new: Expr) -> tuple[Expr, ...]:
    return tuple(replaced(e, old, new) for e in es)


def spec_with(spec: Spec, old: Expr, new: Expr) -> Spec:
    """The spec in whose losses, lets, identities and sampler `new` stands for `old`."""

    def let(one: Let) -> Let:
        return dataclasses.replace(one, body=replaced(one.body, old, new))

    def groups(some: tuple[Group, ...]) -> tuple[Group, ...]:
        return tuple(dataclasses.replace(g, loss=replaced(g.loss, old, new)) for g in some)

    def stage(one: Stage) -> Stage:
        return dataclasses.replace(one, groups=groups(one.groups))

    def equation(e: Compare | Call) -> Compare | Call:
        changed = replaced(e, old, new)
        return changed if isinstance(changed, (Compare, Call)) else e

    return dataclasses.replace(
        spec,
        lets=tuple(map(let, spec.lets)),
        groups=groups(spec.groups),
        stages=tuple(map(stage, spec.stages)),
        identities=tuple(map(equation, spec.identities)),
        sampler=spec.sampler and _sampler(spec.sampler, old, new),
    )


def _sampler(s: Sampler, old: Expr, new: Expr) -> Sampler:
    def let(one: Let | None) -> Let | None:
        return one and dataclasses.replace(one, body=replaced(one.body, old, new))

    draw = s.draw and replaced(s.draw, old, new)
    times = _all(s.times, old, new)
    return dataclasses.replace(
        s, step=let(s.step), velocity=let(s.velocity), draw=draw, times=times
    )
