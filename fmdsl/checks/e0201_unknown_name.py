"""A name that nothing defines

Every name of a spec is a net, a draw, a let, a parameter of the function let or of the
sampler that it stands in, or one of the built-in names `progress`, `null` and `pi`. A `let`
may speak of any other, in any order.

Wrong:

    draw:
      e: noise
    let:
      z: path(x, eps, t)

Right:

    let:
      z: path(x, e, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, Found, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    places: dict[str, list[Found]] = {}
    for f in findings(spec, "unknown_name"):
        places.setdefault(f.facts["name"], []).append(f)
    return (_told(name, found) for name, found in places.items())


def _told(name: str, found: list[Found]) -> Diagnostic:
    """Every use of the name in one diagnostic."""
    near, more = found[0].facts["suggestion"], len(found) - 1
    places = "another place" if more == 1 else f"{more} other places"
    return Diagnostic(
        "E0201",
        f"nothing is called `{name}`",
        (Label(found[0].span, "not defined"),),
        (f"it is named in {places} as well",) if more else (),
        (f"did you mean `{near}`?" if near else _remedy(name),),
    )


def _remedy(name: str) -> str:
    return f"draw it (`draw`), define it (`let`) or declare it (`nets`): `{name}: …`"


CHECK = Check("E0201", _run)
