"""A state read at another time than its own

A state lives at a level: `path(x, e, t)` at t, `z - (t - r) * u(z, r, t)` at r, clean data where
the path has its data end. A net declares the level of the state that it reads, `point@t`, in
terms of its own arguments, and a call binds them. Given a state of another level the net is asked
about a place where it is never trained; the code runs, the samples are bad.

The usual causes: two clocks in the wrong order; a target taken at the old state instead of the
one it was moved to; a state in the middle of a rollout taken for clean data; the clean sample
given where the noisy one is meant.

Wrong:

    let:
      z: path(x, e, t)
      z': z - (t - s) * v(z, t)
      target: v(z, s)

Right:

    let:
      target: v(z', s)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, Found, findings
from fmdsl.checks.words import level_words, phrase, trail
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.expr import Name
from fmdsl.syntax.show import show
from fmdsl.terms.build import poly
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "wrong_level"):
        level = level_words(spec)(f.facts["expected"].moment)
        net: Output | None = f.facts["net"]
        who = f"`{net.name}`" if net else "the exact field"
        given: Term = f.facts["argument"]
        yield Diagnostic(
            "E0210",
            f"{who} reads a state at level {level} and is given {phrase(spec, given.type)}",
            (Label(f.span, f"this is {phrase(spec, given.type)}"), *_clock(f, level), *trail(f)),
            (f"the signature is `{signature(net)}`",) if net else (),
            tuple(_remedies(spec, f)),
        )


def _clock(f: Found, level: str) -> Iterator[Label]:
    """The argument that binds the level, else the signature that fixes it."""
    slot, clocks = f.facts["slot"], f.facts["clocks"]
    named = slot.level if slot else None
    clock = clocks.get(named.id) if isinstance(named, Name) else None
    if clock is not None and clock.span:
        yield Label(clock.span, f"so the state is read at level {level}")
    elif slot and slot.span:
        yield Label(slot.span, f"the state is read at level {level}")


def _remedies(spec: Elaborated, f: Found) -> Iterator[str]:
    given: Term = f.facts["argument"]
    expected: Poly = f.facts["expected"].moment
    swapped = _swapped(f, given.type.moment)
    if swapped:
        yield f"are the clocks in the wrong order? the state's own level goes to `{swapped}`"
        return
    write = level_words(spec)
    there = [n for n, t in spec.lets.items() if t.type.level == expected and t.type.kind == "point"]
    if there:
        yield f"`{there[0]}` is a point at level {write(expected)}"
    elif given.type.level is not None:
        yield f"move the state to level {write(expected)}, or read it at {write(given.type.level)}"
    else:
        yield f"a state is one point, or points with weights that sum to one: {_weights(given)}"


def _swapped(f: Found, level: Poly | None) -> str | None:
    """The clock of the signature that binds the level, where another clock has its value."""
    slot, clocks = f.facts["slot"], f.facts["clocks"]
    if not slot or not isinstance(slot.level, Name) or level is None:
        return None
    others = (t for name, t in clocks.items() if name != slot.level.id)
    return show(slot.level) if any(poly(t) == level for t in others) else None


def _weights(given: Term) -> str:
    total = given.type.mass.show() if given.type.mass is not None else "?"
    return f"here they sum to {total}"


CHECK = Check("E0210", _run)
