"""Tangents that belong to no total derivative

A net is differentiated along a clock: the clock has the tangent 1, a state that lives at that
clock moves by a velocity, everything else is held and has the tangent 0. Any velocity of the
state is accepted: the conditional one, a learned, a guided, a teacher's. Which argument a tangent
belongs to is its place, so that the order of the clocks matters. `D` derives the tangents and
cannot get them wrong.

The four that are often written for MeanFlow at `(z, r, t)`: `(v, 0, 0)` holds the clock of the
state that moves; `(v, 1, 0)` has r and t in the wrong order; `(v, 1, 1)` moves r as well; only
`(v, 0, 1)` is the derivative along t.

Wrong:

    let:
      target: v - (t - r) * jvp(u, (z, r, t), (v, 1, 0))

Right:

    let:
      target: v - (t - r) * D(u(z, r, t), t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, Found, findings
from fmdsl.checks.tangents import Along, along
from fmdsl.checks.words import quoted, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.build import is_zero
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "written_jvp"):
        found = along(spec, f.facts["base"], f.facts["direction"])
        if found is not None and found.wrong:
            yield _told(f, found)


def _told(f: Found, found: Along) -> Diagnostic:
    base: Term = f.facts["base"]
    given: tuple[Term, ...] = f.facts["direction"]
    wrong = [Label(given[i].span or f.span, _should(base, found, i)) for i in found.wrong]
    place = ", ".join(quoted(a).strip("`") for a in base.place)
    derived = f"D({base['fn']}({place}), {found.clock}"
    held = [quoted(base.place[i]).strip("`") for i in found.wrong if _is_held(base, given, i)]
    return Diagnostic(
        "E0405",
        f"these tangents are not those of the derivative of `{base['fn']}` along `{found.clock}`",
        (*wrong, *trail(f)),
        (f"along `{found.clock}` the tangents of ({place}) are ({', '.join(found.words)})",),
        (
            f"let the tangents be derived: `{derived})`",
            *(f"if `{name}` is meant to be held, say so: `{derived}, {name}=0)`" for name in held),
        ),
    )


def _is_held(base: Term, given: tuple[Term, ...], i: int) -> bool:
    """Whether a state that has a name is held."""
    return is_zero(given[i]) and base.place[i].type.is_vector and base.place[i].op == "let"


def _should(base: Term, found: Along, i: int) -> str:
    name, word = quoted(base.place[i]), found.words[i]
    return f"{name} moves by {word}" if "velocity" in word else f"{name} has the tangent {word}"


CHECK = Check("E0405", _run)
