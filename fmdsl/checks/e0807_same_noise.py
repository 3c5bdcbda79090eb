"""The noise that made a sample also noises it (warning)

A state on the path of a generated sample has noise of its own, independent of the sample. Where
the noise that the generator started from is used again, state and sample are tied, and the law of
the noised samples is another. Pairs that are meant to be tied (reflow) come from a given net.

Questionable:

    let:
      y: G(e)
      z: path(y, e, t)

Clear:

    draw:
      ε, e: noise
    let:
      y: G(ε)
      z: path(y, e, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import declared, quoted
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for term in walk(*(o.loss for o in spec.objectives)):
        if term.op == "path" and term.args[2].span:
            for name in sorted(_shared(spec, term)):
                yield _told(spec, term, name)


def _shared(spec: Elaborated, term: Term) -> frozenset[str]:
    """Noise that the other end holds and from which a trained net made the data end."""
    drawn = {n for d in spec.draws if d.law.name == "noise" for n in d.names}
    calls = [t for t in walk(term.args[1]) if t.op == "jet" and t["copy"] == "live"]
    trained = [t for t in calls if t["fn"] in spec.outputs and spec.outputs[t["fn"]].is_trained]
    starts = (a.bare["name"] for t in trained for a in t.place if a.bare.op == "draw")
    return frozenset(starts) & term.args[2].free & drawn


def _told(spec: Elaborated, term: Term, name: str) -> Diagnostic:
    data, noise = term.args[1], term.args[2]
    sample = (Label(data.span, f"{quoted(data)} is generated from `{name}`"),) if data.span else ()
    place = declared(spec, name)
    assert noise.span is not None
    return Diagnostic(
        "E0807",
        f"the noise `{name}` makes the sample and also noises it",
        (
            Label(noise.span, "the same noise"),
            *sample,
            *((Label(place, "drawn here"),) if place else ()),
        ),
        helps=("draw a second, independent one: `n: noise`",),
        severity="warning",
    )


CHECK = Check("E0807", _run, after=("E0214",))
