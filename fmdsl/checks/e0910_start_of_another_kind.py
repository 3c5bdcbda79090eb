"""A net starts from a net of another kind

`start=T` begins a net with T's weights. That is worth something only if both mean the same thing:
a net that predicts the mean, started from one that predicts a velocity, begins with wrong
answers everywhere. What each reads must agree as well; a clock more than T has (the target time
of a flow map) is a warning: what reads it has no counterpart in T and starts afresh.

Wrong:

    nets:
      T: teacher(point@t, t, label) -> tangent
      G: student(point@t, t, label, start=T) -> mean

Right:

    nets:
      G: student(point@t, t, label, start=T) -> tangent
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import listed
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for net in spec.weights.values():
        given = spec.outputs.get(net.start or "")
        reason = _difference(spec, net, given) if given else None
        if given and reason:
            yield _told(net, given, reason, "error")
        elif given and _clocks(net) != _clocks(given):
            reason = f"`{net.name}` reads {_listed(net)}, `{given.name}` reads {_listed(given)}"
            yield _told(net, given, reason, "warning")


def _difference(spec: Elaborated, net: Output, given: Output) -> str | None:
    for a, b in zip(_kinds(spec, net), _kinds(spec, given), strict=False):
        if a != b:
            return f"`{net.name}` answers with a {a}, `{given.name}` with a {b}"
    if net.arity < given.arity:
        return f"`{given.name}` has {given.arity} outputs, `{net.name}` has {net.arity}"
    mine, theirs = ([s.kind for s in o.inputs if not s.clock] for o in (net, given))
    if mine != theirs:
        return f"`{signature(net)}` against `{signature(given)}`"
    return None


def _kinds(spec: Elaborated, net: Output) -> list[str]:
    return [o.kind for o in spec.outputs.values() if o.weights == net.weights]


def _clocks(net: Output) -> int:
    return len([s for s in net.inputs if s.clock])


def _listed(net: Output) -> str:
    return listed(s.clock for s in net.inputs if s.clock) or "no clock"


def _told(net: Output, given: Output, reason: str, severity: str) -> Diagnostic:
    labels = (
        Label(net.span, f"starts from `{given.name}`"),
        Label(given.span, f"`{signature(given)}`"),
    )
    helps = ("give both the same signature, or leave `start` out",)
    message = f"`{net.name}` starts from a net of another kind"
    if severity == "warning":
        message = f"`{net.name}` reads other clocks than `{given.name}`, from which it starts"
        helps = ("right for a flow map that grows out of a flow: what reads the new clock is new",)
        return Diagnostic("E0910", message, labels, (reason,), helps, "warning")
    return Diagnostic("E0910", message, labels, (reason,), helps)


CHECK = Check("E0910", _run)
