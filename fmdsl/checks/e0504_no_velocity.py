"""The flow of something that is no velocity

`flow(z, t, r, of=guide)` is the flow of the velocity `guide(z, t)`. A sum of velocities is a
velocity where its weights sum to one: guidance moves along a difference of velocities,
`T + ω (T - W)` or `λ T + (1 - λ) W`. With other weights every state moves at another speed, and
arrives elsewhere.

Wrong:

    guide(z, t): λ * T(z, t) + λ * W(z, t)

Right:

    guide(z, t): λ * T(z, t) + (1 - λ) * W(z, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import level_words
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.level import Poly


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "no_velocity"):
        name, body = f.facts["name"], f.facts["body"]
        moment: Poly = body.type.moment
        told = f"its velocities have weights that sum to {level_words(spec)(moment)}"
        let = next(t for t in spec.spec.lets if t.name == name)
        labels = (
            Label(f.span, "its flow is taken here"),
            Label(let.body.span or let.name_span, told),
        )
        helps = ("weights that sum to one: `λ * T(z, t) + (1 - λ) * W(z, t)`",)
        yield Diagnostic("E0504", f"`{name}` is no velocity", labels, helps=helps)


CHECK = Check("E0504", _run)
