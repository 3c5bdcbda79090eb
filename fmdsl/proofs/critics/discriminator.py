"""What a discriminator comes to, with and without a penalty on its slope; and who follows it."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.critics.agreement import agreement
from fmdsl.proofs.critics.minimum import minimum
from fmdsl.proofs.critics.optimum import (
    Maximum,
    Optimum,
    at_equal_densities,
    densities,
    sign,
)
from fmdsl.proofs.critics.penalty import Penalty, equation, penalty
from fmdsl.proofs.critics.values import NoValue, Values, addends
from fmdsl.proofs.verdict import (
    IN_THE_LIMIT,
    PROVED,
    UNDECIDED,
    Step,
    Verdict,
    refuted_or_undecided,
)
from fmdsl.semantics.elaborated import Objective, Output

NAME = "critics"
_GIVEN = "given its input, with densities p of real and q of generated ones"


def discriminator(case: Case, output: Output) -> Iterator[Verdict]:
    """The optimum of a critic's loss in its number, and the students' descent by it."""
    for group in _own(case, output):
        read = Values(case.spec, output)
        try:
            optimum, penalties = _optimum(read, group)
        except Maximum as stop:
            yield _upside_down(output, group, stop)
        except NoValue as stop:
            yield Verdict(UNDECIDED, NAME, output.name, f"no pointwise optimum: {stop}")
        else:
            yield from _told(output, optimum, penalties)
            yield from agreement(case, output, optimum)


def _own(case: Case, output: Output) -> Iterator[Objective]:
    """The groups that move it and no student: a student's loss says nothing of its optimum."""
    for group in case.spec.objectives:
        moved = [case.spec.outputs[n] for n in group.nets if n in case.spec.outputs]
        named = output.weights in {o.weights for o in moved}
        if named and not any(o.role == "student" for o in moved):
            yield group


def _optimum(read: Values, group: Objective) -> tuple[Optimum, list[Penalty]]:
    import sympy as sp

    total, penalties = sp.Integer(0), list[Penalty]()
    for weight, core in addends(read, group.loss):
        found = penalty(read, weight, core)
        if found is None:
            total += weight * read(core)
        else:
            penalties.append(found)
    wrong = [p.weight for p in penalties if sign(p.weight) <= 0]
    if wrong:
        raise Maximum("a penalty of the wrong sign rewards a steep slope", wrong[0])
    return minimum(read, total), penalties


def _told(output: Output, found: Optimum, penalties: list[Penalty]) -> Iterator[Verdict]:
    if penalties:
        yield from _penalised(output, found, penalties)
    elif found.at:
        reason = f"{_GIVEN}, it comes to {_words(found)}"
        yield Verdict(PROVED, NAME, output.name, reason)
    else:
        reason = f"no pointwise optimum: {found.words} unless its slope is bounded (Lipschitz)"
        yield Verdict(UNDECIDED, NAME, output.name, reason, help=_BOUND)


_BOUND = "clip its weights, or penalise its slope"


def _words(found: Optimum, close: str = "") -> str:
    return f"{found.words}, up to a constant{close}" if found.constant else found.words


def _penalised(output: Output, found: Optimum, penalties: list[Penalty]) -> Iterator[Verdict]:
    kinds = _kinds(penalties)
    if found.slope is None and not found.constant:
        reason = f"its loss has kinks, and with {kinds} its optimum has no formula"
        yield Verdict(UNDECIDED, NAME, output.name, reason)
        return
    approximate = any(p.step is not None for p in penalties)
    steps = (*(s for p in penalties for s in p.expansion), *_variation(found, penalties))
    if found.at:
        reason = f"{_GIVEN}, it comes to {_words(found, ',')} as the weight of {kinds} goes to 0"
        yield Verdict(IN_THE_LIMIT, NAME, output.name, f"{reason}, to order 1 in it", steps)
    else:
        solved = equation(penalties, found.slope)
        reason = (
            f"with {kinds} its optimum is no function of p and q at a point: it solves {solved}"
        )
        told = f"{reason} as the step goes to 0" if approximate else reason
        yield Verdict(IN_THE_LIMIT if approximate else PROVED, NAME, output.name, told, steps)
    yield _at_equal_laws(output, found, kinds)


def _variation(found: Optimum, penalties: list[Penalty]) -> Iterator[Step]:
    """The equation that replaces the pointwise one, and its first order in the penalty."""
    if found.slope is None:
        yield Step("A penalty adds -2 c ∇·(ρ ∇D) to the variation, ρ the density of its samples.")
        return
    yield Step(f"By parts, the variation is zero where {equation(penalties, found.slope)}.")
    if found.at:
        yield Step(
            "In powers of the weight: D = D₀ + c D₁ + …, where D₀ is the optimum without it and "
            "(p a'' + q b'')(D₀) D₁ = 2 ∇·(ρ ∇D₀), whose factor is positive."
        )


def _at_equal_laws(output: Output, found: Optimum, kinds: str) -> Verdict:
    """A constant has no slope, so a penalty on it changes nothing."""
    p, q = densities()
    value = found.at[0].subs(q, p) if found.at and not found.constant else None
    constant = "a constant" if value is None else f"the constant {value}"
    reason = f"where the two laws are one, {constant} is its optimum, with {kinds} as without"
    return Verdict(PROVED, NAME, output.name, reason)


def _kinds(penalties: list[Penalty]) -> str:
    """`approximate R1 and R2`."""
    names = sorted({"R2" if p.generated else "R1" for p in penalties})
    told = " and ".join(names)
    return f"approximate {told}" if any(p.step is not None for p in penalties) else told


def _upside_down(output: Output, group: Objective, why: Maximum) -> Verdict:
    form = at_equal_densities(why.curvature)
    reason = f"its loss has no least value: {why}"
    help_ = "turn the signs of its loss"
    return refuted_or_undecided(NAME, output.name, form, reason, help=help_, span=group.loss.span)
