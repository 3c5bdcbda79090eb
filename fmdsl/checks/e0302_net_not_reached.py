"""A net receives no gradient from its own group's loss

A group of `minimize` names the nets that it moves. If nothing of the group's loss leads back
to one of them, the net stays as it was, and its optimizer's weight decay may even move it
away. The usual causes: the `sg` is on the wrong side, the net is called only inside a target,
only its `ema` copy is called, or the group names the wrong net.

Wrong:

    minimize:
      u: sse(sg(u(z, t)), D(z, t))

Right:

    minimize:
      u: sse(u(z, t), D(z, t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.e0305_loss_stopped import is_stopped
from fmdsl.checks.reach import reached_here
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import Arrival, gradient_of, is_whole, net_calls
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        gradient = gradient_of(spec, group)
        if not is_whole(group.loss) or is_stopped(spec, group):
            continue
        # what a teacher's input would have reached is told by E0303
        lost = (a for entry in gradient.closed_calls(group.loss) for a in entry.call.args)
        reached = gradient.reached(group.loss).union(*map(gradient.reached, lost))
        for name, span in zip(group.nets, group.net_spans, strict=False):
            output = spec.outputs.get(name)
            if output and output.weights in gradient.trained - reached:
                yield _not_reached(spec, group, name, span)


def _not_reached(spec: Elaborated, group: Objective, name: str, span: Span) -> Diagnostic:
    weights = spec.outputs[name].weights
    calls = [c for c in net_calls(group.loss) if _weights(spec, c) == weights]
    labels = [Label(span, "no gradient reaches this net")]
    message = f"`{name}` receives no gradient from its loss"
    if not calls:
        helps = (f"call `{name}` in the loss, or take it out of the group",)
        return Diagnostic(
            "E0302", message, tuple(labels), (f"the loss never calls `{name}`",), helps
        )
    labels += reached_here((Arrival(c, ()) for c in calls[:1]), "`{net}` is called here")
    stop = _stop(group.loss, calls)
    if stop is not None and stop.span is not None:
        labels.append(Label(stop.span, "this stops the gradient"))
    return Diagnostic(
        "E0302", message, tuple(labels), (_why(calls, stop),), (_remedy(calls, stop),)
    )


def _weights(spec: Elaborated, call: Term) -> str:
    return spec.outputs[call["fn"]].weights if call["fn"] in spec.outputs else ""


def _stop(loss: Term, calls: list[Term]) -> Term | None:
    """The `sg` around the first of the calls."""
    stops = (t for t in walk(loss) if t.op == "sg")
    return next((s for s in stops if any(c is t for t in walk(s) for c in calls)), None)


def _why(calls: list[Term], stop: Term | None) -> str:
    if all(c["copy"] != "live" for c in calls):
        return "only its moving average is called, which follows the net and is never trained"
    if stop is not None:
        return "every call of it is inside `sg`"
    return "its calls are where no gradient passes: a condition, or the input of a teacher"


def _remedy(calls: list[Term], stop: Term | None) -> str:
    if all(c["copy"] != "live" for c in calls):
        return "call the live net as well: the moving average belongs in the target"
    if stop is not None:
        return "`sg` belongs around the target; the side that learns stays outside"
    return "call it where the loss depends on it, or take it out of the group"


CHECK = Check("E0302", _run)
