"""Gradient passes through one of two scores

A difference of scores is either stopped as a whole and moves the sample by its value (DMD, VSD,
FreeFlow), or lets gradient through both nets (SiD). Where one is stopped and the other is not, the
slope of the other is left over: at the truth, where the two are one function, it is not zero.

Wrong:

    minimize:
      G: dot(y, f(z, t) - sg(T(z, t)))

Right:

    minimize:
      G: dot(y, sg(f(z, t) - T(z, t)))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.samples import student_groups
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import calls_by_role, gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term

_GIVEN = ("teacher", "frozen")


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in student_groups(spec):
        for term in gradient_of(spec, group).live(group.loss):
            if term.op == "dot":
                yield from _of(spec, group, term)


def _of(spec: Elaborated, group: Objective, term: Term) -> Iterator[Diagnostic]:
    live = {t.key for t in gradient_of(spec, group).live(term)}
    for critic in calls_by_role(spec, term, "critic"):
        for given in calls_by_role(spec, term, *_GIVEN):
            same = _state(critic) == _state(given)
            if same and (critic.key in live) != (given.key in live):
                yield _told(*((critic, given) if critic.key in live else (given, critic)))
                return


def _state(call: Term) -> int | None:
    """The vector at which a net is called, stopped or not."""
    vectors = [a.bare for a in call.place if a.type.is_vector]
    return vectors[0].key if vectors else None


def _told(live: Term, stopped: Term) -> Diagnostic:
    labels = [Label(live.span, "gradient passes through this one")] if live.span else []
    if stopped.span is not None:
        labels.append(Label(stopped.span, "and not through this one, at the same state"))
    return Diagnostic(
        "E0914",
        f"gradient passes through `{live['fn']}` and not through `{stopped['fn']}`",
        tuple(labels),
        ("at the truth the two are one function, and the slope of one is left over",),
        ("stop the whole difference, or let gradient through both",),
    )


CHECK = Check("E0914", _run)
