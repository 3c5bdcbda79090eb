"""The sampler calls a net where training never does

A net knows only the times at which training calls it. If `r, t` are drawn with r < t, its answer
at r = t or at r > t is whatever its weights happen to say; if the target time is drawn from
(0.1, 1), so is its answer at 0. Such a sampler runs, and its samples are poor for no visible
reason. The supports of the draws decide: a clock drawn from (0, 1) is as good at its ends, and
r = t counts as visited only where it has a probability (`ordered(…, equal=0.75)`) or is called
for (`u(z, t, t)` in the loss). Of a net with several outputs each must be trained that is used.

Wrong:

    draw:
      r, t: ordered(uniform(0, 1))
    sample:
      velocity(z, t): u(z, t, t)

Right:

    draw:
      r, t: ordered(uniform(0, 1), equal=0.5)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import is_whole
from fmdsl.semantics.visits import Visit, sampler_visits, training_visits, uncovered
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    losses = [g.loss for g in spec.objectives]
    if spec.sampler is None or not is_whole(spec.sampler.body, *losses):
        return
    low, high = spec.routes[0].domain
    for visit in sampler_visits(spec):
        trained = training_visits(spec, spec.outputs[visit.call["fn"]])
        if not trained and is_moved(spec, visit):
            yield _never(visit)
        trained = tuple(t for t in trained if t.clocks == visit.clocks)
        if trained and visit.call.span is not None:
            yield from _uncovered(visit, trained, high - low)


def is_moved(spec: Elaborated, visit: Visit) -> bool:
    """Whether some loss moves the weights of a net, by another of its outputs."""
    weights = spec.outputs[visit.call["fn"]].weights
    others = (o for o in spec.outputs.values() if o.weights == weights)
    return any(training_visits(spec, o) for o in others)


def _never(visit: Visit) -> Diagnostic:
    """One output is trained, and the sampler calls another of the same weights."""
    net = visit.call["fn"]
    labels = (Label(visit.call.span, "here"),) if visit.call.span else ()
    return Diagnostic(
        "E0702",
        f"the sampler calls `{net}`, which no loss trains",
        labels,
        (f"gradient reaches the weights of `{net}` by their other outputs only",),
        (f"let gradient flow through a call of `{net}`: is one inside `sg`?",),
    )


def _uncovered(visit: Visit, trained: tuple[Visit, ...], scale: float) -> Iterator[Diagnostic]:
    net = visit.call["fn"]
    seen = frozenset[tuple[int, ...]]().union(*(t.orders for t in trained))
    strange = sorted(visit.orders - seen)
    if strange:
        orders = " or ".join(sorted({v.says(o) for v in trained[:1] for o in seen}))
        label = f"here {visit.says(strange[0])}"
        reason = f"training calls it with {orders} only"
    else:
        beyond = uncovered(visit, trained, scale)
        if beyond is None:
            return
        i, (least, most) = beyond
        low, high = visit.intervals[i]
        label = f"here {visit.clocks[i]} {_values(low, high)}"
        reason = f"in training {visit.clocks[i]} {_values(least, most)}"
    message = f"the sampler calls `{net}` where training never does"
    labels = [Label(visit.call.span, label)] if visit.call.span else []
    labels += [Label(t.call.span, "training calls it here") for t in trained[:1] if t.call.span]
    helps = ("draw the times so that training comes there, or sample by the calls that it makes",)
    yield Diagnostic("E0702", message, tuple(labels), (reason,), helps)


def _values(low: float, high: float) -> str:
    return f"is {low:g}" if low == high else f"lies in [{low:g}, {high:g}]"


CHECK = Check("E0702", _run, after=("E0210", "E0214", "E0218", "E0805"))
