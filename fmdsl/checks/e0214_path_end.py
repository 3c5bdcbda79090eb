"""An end of a path that is not data, or not noise

`path(x, e, t)` has clean data first, noise second, the clock third. What stands in the first slot
must live where the path has its data; what stands in the second must be noise or live where the
path is noise. In other places the result is no state of the law that the nets are trained on.

Wrong:

    let:
      z: path(e, x, t)

Right:

    let:
      z: path(x, e, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import level_words, phrase, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.types import Type

_SLOTS = {"data": "the data end", "noise": "the noise end"}


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "path_end"):
        given = phrase(spec, f.facts["argument"].type)
        end = f.facts["end"]
        yield Diagnostic(
            "E0214",
            f"{given} stands at {_SLOTS[end]} of a path",
            (Label(f.span, f"this is {given}"), *_route(spec), *trail(f)),
            (f"at {_SLOTS[end]} stands {_wanted(spec, f.facts['expected'], end)}",),
            (_remedy(end, f.facts["argument"].type.kind),),
        )


def _wanted(spec: Elaborated, expected: Type, end: str) -> str:
    if expected.moment is None:
        return "clean data" if end == "data" else "noise"
    level = level_words(spec)(expected.moment)
    return f"clean data, a point at level {level}" if end == "data" else "noise"


def _route(spec: Elaborated) -> tuple[Label, ...]:
    return tuple(Label(p.span, "the path") for p in spec.spec.paths[:1])


def _remedy(end: str, kind: str) -> str:
    if (end, kind) in (("data", "noise"), ("noise", "point")):
        return "data stands first, noise second: `path(x, e, t)`"
    if kind == "point":
        return "carry the state to that level first"
    if end == "data":
        return "make clean data of it first: from a state and a velocity, `z - t * v(z, t)`"
    return "draw noise for it: `n: noise`"


CHECK = Check("E0214", _run)
