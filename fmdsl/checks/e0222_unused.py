"""Something is defined and not used (warning)

A draw, a let or a given net that no loss, no identity and no sampler speaks of, not by way of
lets either. Often a name was mistyped into another one that exists.

Questionable:

    draw:
      r, s, t: uniform(0, 1)
    minimize:
      u: sse(u(z, r, t), e - x)

Clear:

    draw:
      r, t: uniform(0, 1)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.expr import Call, Expr, Name, walk
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Draw, Spec


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    used = _used(spec.spec)
    for let in spec.spec.lets:
        if let.name not in used:
            yield _unused("let", let.name, let.name_span)
    for draw in spec.spec.draws:
        for name, span in _idle(draw, used):
            yield _unused("draw", name, span)
    moved = {n for o in spec.objectives for n in o.nets}
    for net in spec.spec.nets:
        if not {*net.names} & (used | moved):
            yield _unused("net", net.names[0], net.name_spans[0])


def _unused(what: str, name: str, place: Span) -> Diagnostic:
    return Diagnostic(
        "E0222",
        f"the {what} `{name}` is not used",
        (Label(place, "no loss, identity or sampler needs it"),),
        helps=("use it or remove it",),
        severity="warning",
    )


def _idle(draw: Draw, used: frozenset[str]) -> Iterator[tuple[str, Span]]:
    """Names after the last one used; those before it hold their place in a joint law."""
    joint = isinstance(draw.law, Call) and draw.law.op == "ordered"
    last = max((i for i, n in enumerate(draw.names) if n in used), default=-1)
    positional = joint or _is_data(draw.law)
    for i, (name, span) in enumerate(zip(draw.names, draw.name_spans)):
        if name not in used and not (positional and i < last) and not (joint and last >= 0):
            yield name, span


def _is_data(law: Expr) -> bool:
    return law == Name("data") or (isinstance(law, Call) and law.op == "data")


def _used(spec: Spec) -> frozenset[str]:
    """Every name that the losses, identities and the sampler reach."""
    bodies: dict[str, list[Expr]] = {t.name: [t.body] for t in spec.lets}
    for draw in spec.draws:
        bodies |= {name: [draw.law] for name in draw.names}
    waiting, used = [n for e in _roots(spec) for n in _mentioned(e)], set[str]()
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += [n for e in bodies.get(name, ()) for n in _mentioned(e)]
    return frozenset(used | {n.start for n in spec.nets if n.start})


def _roots(spec: Spec) -> Iterator[Expr]:
    yield from (g.loss for g in spec.groups)
    yield from (g.loss for s in spec.stages for g in s.groups)
    yield from (*spec.identities, *spec.claims)
    sampler = spec.sampler
    if sampler:
        rules = (sampler.step, sampler.velocity)
        yield from (rule.body for rule in rules if rule)
        yield from (*sampler.times, *([sampler.draw] if sampler.draw else ()))


def _mentioned(e: Expr) -> Iterator[str]:
    for node in walk(e):
        if isinstance(node, Name):
            yield node.id
        elif isinstance(node, Call):
            yield node.op
            yield from (key for key, _ in node.kwargs)


CHECK = Check("E0222", _run, after=("E0201", "E0202", "E0208"))
