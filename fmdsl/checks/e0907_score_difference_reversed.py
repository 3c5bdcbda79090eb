"""The difference of scores has the wrong sign

A generator's sample y is to move from where its own distribution has its mean towards where the
data has it. The prescribed gradient, along which y *descends*, is therefore fake minus real in
terms of denoisers: `dot(y, sg(fake - real))`, or `mse(y, sg(y - (fake - real)))`. In terms of
velocities or noise the signs turn: `real - fake`. With noise itself in place of the fake score
(score distillation) the same rule reads `dot(y, sg(T(z, t) - e))` for a noise prediction T. The
other order drives samples away from the data.

Wrong:

    let:
      real: z - t * T(z, t)
      fake: z - t * f(z, t)
    minimize:
      G: dot(y, sg(real - fake))

Right:

    minimize:
      G: dot(y, sg(fake - real))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.samples import prescribed, student_groups
from fmdsl.semantics.affine import coefficient
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import gradient_of
from fmdsl.semantics.monotone import Monotone
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.semantics.visits import noise_is_late
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.level import ZERO
from fmdsl.terms.term import Term, walk

Pick = Callable[[Term], bool]


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    facts = ranges(spec)
    for group in student_groups(spec):
        for term in gradient_of(spec, group).live(group.loss):
            for sample, target, sign in prescribed(term):
                way = sign * _towards_mean(spec, sample.type.kind) ** (sample.type.mass == ZERO)
                way *= _weighed(group.loss, term, facts)
                yield from _reversed(spec, facts, sample, target, way)


def _weighed(loss: Term, term: Term, facts: Ranges) -> int:
    """-1 where the loss falls when the term rises."""
    slope = Monotone(lambda t: t.key == term.key, facts)(loss)
    return -1 if slope == -1 else 1


def _towards_mean(spec: Elaborated, kind: str) -> int:
    """How a sample, or a denoiser's mean, moves when an output of this kind grows.

    A velocity leads to the end that is later in time: the noise, unless the clock is turned.
    """
    if kind in ("mean", "point", "covector"):
        return 1
    if kind == "noise":
        return -1
    return (-1 if noise_is_late(spec) else 1) if kind == "tangent" else 0


def _reversed(
    spec: Elaborated, facts: Ranges, sample: Term, target: Term, sign: int
) -> Iterator[Diagnostic]:
    def role(*roles: str) -> Pick:
        return lambda t: (
            t.op == "jet" and t["fn"] in spec.outputs and spec.outputs[t["fn"]].role in roles
        )

    def noise(t: Term) -> bool:  # put onto the sample, not what it is made from
        return t.op == "draw" and t.type.kind == "noise" and t["name"] not in sample.free

    real, critics = role("teacher", "frozen"), role("critic")
    fake = critics if any(critics(t) for t in walk(target)) else noise
    ways = [_way(spec, facts, sample, target, pick, sign) for pick in (real, fake)]
    if ways == [1, -1]:
        yield _told(target, [real, fake])


def _way(spec: Elaborated, facts: Ranges, sample: Term, target: Term, pick: Pick, sign: int) -> int:
    """The sign with which the means of the picked terms enter the gradient; 0 where not known."""
    kinds = {_kind(spec, t) for t in walk(target) if pick(t)}
    total = coefficient(target, pick, sample)
    if total is None or not total.terms or len(kinds) != 1:
        return 0
    low, high = facts.of_poly(total)
    way = 1 if low >= 0 else -1 if high <= 0 else 0
    return way * sign * _towards_mean(spec, kinds.pop())


def _kind(spec: Elaborated, term: Term) -> str:
    return spec.outputs[term["fn"]].kind if term.op == "jet" else "noise"


def _told(target: Term, picks: list[Pick]) -> Diagnostic:
    labels = [Label(target.span, "the sample moves against this")] if target.span else []
    for pick, what in zip(picks, ("real", "generated"), strict=True):
        found = next((t for t in walk(target) if pick(t) and t.op == "jet" and t.span), None)
        if found is not None and found.span is not None:
            labels.append(Label(found.span, f"the {what} side"))
    return Diagnostic(
        "E0907",
        "the difference of scores drives the sample away from the data",
        tuple(labels),
        ("what is descended is fake - real of denoisers, real - fake of velocities",),
        ("exchange the two sides of the difference",),
    )


CHECK = Check("E0907", _run)
