"""Which right-hand sides may hold the slip: those the refuted place reads, the nearest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.site import Site, holds
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Call, Compare, Name
from fmdsl.syntax.source import Span


def sites(spec: Elaborated, places: Iterable[Span], everywhere: bool = False) -> tuple[Site, ...]:
    """The sites that hold the places, then what those read; `everywhere`, then all others.

    Of the site of a place only what lies within it is asked, unless everything is.
    """
    known = tuple(_all(spec))
    found: list[Site] = []
    for place in places:
        held = (s for s in known if holds(s.body.span, place) and _is_new(s, found))
        found += [s if everywhere else replace(s, within=place) for s in held]
    for site in found:  # grows as it is read
        read = _read(site)
        found += [s for s in known if s.is_let and s.name in read and _is_new(s, found)]
    rest = [s for s in known if _is_new(s, found)] if everywhere else []
    return (*found, *rest)


def _is_new(site: Site, found: Iterable[Site]) -> bool:
    return all(site.body is not s.body for s in found)


def _all(spec: Elaborated) -> Iterator[Site]:
    text = spec.spec
    for let in text.lets:
        yield Site(let.name, let.body, spec, let.params or (), is_let=True)
    for group in (*text.groups, *(g for s in text.stages for g in s.groups)):
        yield Site(", ".join(group.nets), group.loss, spec)
    for i, equation in enumerate(text.identities, 1):
        if isinstance(equation, Compare):
            yield Site(f"identity {i}" if i > 1 else "identity", equation, spec)
    rule = text.sampler
    for let in (rule.step, rule.velocity) if rule else ():
        if let is not None:
            yield Site(let.name, let.body, spec, let.params or ())
    if rule and rule.draw is not None:
        yield Site("draw", rule.draw, spec)


def _read(site: Site) -> set[str]:
    """The lets that a site speaks of."""
    nodes = tuple(site.nodes)
    called = {n.op for n in nodes if isinstance(n, Call)}
    return called.union(n.id for n in nodes if isinstance(n, Name))
