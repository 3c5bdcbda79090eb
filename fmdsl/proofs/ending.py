"""A spec at the end of its training: what a schedule in `progress` leaves of its terms.

A curriculum that goes from one law to another must end where the identity holds: at `progress = 1`
each schedule is a number, which decides the branches that ask for it. So is looked at one that
stands in a call's place and grows: what holds as it goes to zero was left behind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from fmdsl import algebra as al
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.clocks import below, schedules
from fmdsl.proofs.progress import value_at
from fmdsl.proofs.steps import moves_a_call
from fmdsl.semantics.elaborated import Objective
from fmdsl.terms.build import constant
from fmdsl.terms.term import Term, rewrite, walk


def at_the_end(case: Case) -> tuple[dict[str, Fraction], Case] | None:
    """The schedules that decide, with their last values, and the spec there.

    None where none decides anything, or one has no value.
    """
    spec = case.spec
    last = [o for o in spec.objectives if o.stage == spec.stages[-1][0]]
    lets = {t["name"]: t for o in last for t in _schedules(o.loss)}
    asked = {n for o in last for n in _compared(o.loss)} | set(_left_behind(case, lets))
    ends = {name: value_at(let, 1) for name, let in lets.items()}
    known = {name: value for name, value in ends.items() if value is not None}
    if not asked or not asked <= known.keys():
        return None
    there = replace(spec, objectives=tuple(_ended(o, known) for o in last))
    return {name: known[name] for name in lets if name in asked}, Case(there, case.in_haste)


def _schedules(root: Term) -> Iterator[Term]:
    known = schedules(root)
    yield from (t for t in walk(root) if t.op == "let" and t.key in known)


def _compared(loss: Term) -> Iterator[str]:
    """The schedules that branches ask for, those in the making of other schedules left out."""
    known = schedules(loss)
    for t in below((loss,), frozenset(known)):
        if t.op == "where":
            asked = t.args[0].bare.args
            yield from (a["name"] for a in asked if a.op == "let" and a.key in known)


def _left_behind(case: Case, lets: dict[str, Term]) -> Iterator[str]:
    """Schedules in the place of a call that grow."""
    for name, let in lets.items():
        first, last = value_at(let, 0), value_at(let, 1)
        grows = first is not None and last is not None and abs(first) < abs(last)
        if grows and any(_is_in_a_place(name, part) for part in case.parts):
            yield name


def _is_in_a_place(name: str, part: Part) -> bool:
    try:
        return moves_a_call(al.symbol(al.setting(name)), part.varied)
    except STOPS:
        return False


def _ended(group: Objective, ends: dict[str, Fraction]) -> Objective:
    def at(t: Term) -> Term | None:
        known = t.op == "let" and t["name"] in ends
        return t.rebuilt((constant(ends[t["name"]]),)) if known else None

    return replace(group, loss=rewrite(group.loss, at))
