"""How an objective came about, line by line: words, and forms in text and LaTeX."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.vector import atom
from fmdsl.proofs.derive.anchor import tied
from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.fits import carriers
from fmdsl.proofs.derive.sides.side import Solved
from fmdsl.proofs.derive.stops import Carrier
from fmdsl.proofs.derive.variables.variable import Taken
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import Form, Step


def steps(
    choice: Choice, taken: Taken, solved: Solved, standing: Form, varied: Varied
) -> Iterator[Step]:
    """The law, what it says of its variable, the solving, the velocity, the stops, the text."""
    for step in _steps(choice, taken, solved, standing, varied):
        yield _apart(choice, step)


def _apart(choice: Choice, step: Step) -> Step:
    """The step with the marginal velocity, `v`, called otherwise where the spec has a v."""
    form: Any = step.form
    named = {choice.law.said.net, *(v.output(choice.law) for v in choice.uses if v.output)}
    if form is None or "v" not in named:
        return step
    return Step(step.words, al.put(form, {DATA_VELOCITY: al.velocity("velocity")}))


def _steps(
    choice: Choice, taken: Taken, solved: Solved, standing: Form, varied: Varied
) -> Iterator[Step]:
    yield from _law(choice)
    yield from taken.steps
    yield _solving(choice, solved)
    yield from _velocity(choice, standing)
    yield _stops(choice, solved, varied)
    yield from _ties(choice)
    yield Step("Read back from the text of the spec, the residual is that, term by term:",
               varied.residual)  # fmt: skip


def _law(choice: Choice) -> Iterator[Step]:
    law = choice.law
    of = ", for the flow of the teacher's velocity" if choice.velocity.is_given else ""
    yield Step(f"The law, {law.said.text}{of}: this vanishes.", law.form)
    if choice.side.is_prescribed:
        words = f"Solved for {al.text(atom(law.exact))}, it says the map of the net:"
        yield Step(words, law.image)


def _solving(choice: Choice, solved: Solved) -> Step:
    if choice.side.is_prescribed:
        where = "its two pieces" if choice.by.is_split else "itself a vanishing step away"
        way = "" if choice.by.descends > 0 else "minus "
        words = f"Regressed on {where}, the map has as its gradient {way}its own variation times"
        return Step(words, solved.left.form)
    if choice.side.name == "velocity":
        factor = solved.right.parts[0].factor
        times = "" if factor == al.ONE else f", times {al.text(factor)}"
        return Step(f"Solved for the velocity{times}: on it is regressed", solved.left.form)
    return Step(f"Solved for the net: {al.text(solved.left.form)} is to be", solved.right.form)


def _velocity(choice: Choice, standing: Form) -> Iterator[Step]:
    if not choice.uses:
        return
    for one in choice.uses:
        free, along = one is choice.velocity, one is choice.along and choice.by.moves_state
        both = len(choice.uses) == 1 or (free and along)
        where = "" if both else " where it is free" if free else " where the state moves along it"
        yield Step(f"For the velocity{where} stands {one.about}. {one.why}")
    yield Step("With that the residual is", standing)
    if any(one.is_conditional for one in choice.uses):
        mean = expected(standing).value
        yield Step("and in expectation given the state, as E[ξ] = 0 there,", mean)


def _stops(choice: Choice, solved: Solved, varied: Varied) -> Step:
    able = carriers(choice, solved.left) | carriers(choice, solved.right)
    stopped = [c.value for c in Carrier if c in able & choice.stop.stopped]
    live = [c.value for c in Carrier if c in able - choice.stop.stopped]
    halted = f"Stopped: {_list(stopped)}. " if stopped else "Nothing has to be stopped. "
    if choice.side.is_prescribed:
        return Step("Stopped: all of the residual, a prescribed gradient. The map varies by",
                    varied.varied)  # fmt: skip
    value = "the net's value" if not live else _list(["the net's value", *live])
    return Step(f"{halted}Gradient flows through {value}, and the residual varies by",
                varied.varied)  # fmt: skip


def _list(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def _ties(choice: Choice) -> Iterator[Step]:
    law = choice.law
    told = [one.tied(law) for one in choice.uses if one.tied is not None]
    if choice.by.is_split:
        told.append(tied(law, "the teacher's" if choice.velocity.is_given else "the draws'"))
    yield from (step for step in told if step is not None)
