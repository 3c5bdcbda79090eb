"""What the sampler draws is not a sample of the data

`sample: draw:` is an expression for one sample: a point at the data end of the path. From noise
ε at level 1 a velocity G leads there by `ε - G(ε, 1)`; the other sign, or a step that is too
short, ends at another level.

Wrong:

    sample:
      draw: ε + G(ε, 1)

Right:

    sample:
      draw: ε - G(ε, 1)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.e0701_step_result import is_another
from fmdsl.checks.words import inside, phrase
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    rule = spec.sampler
    if rule is None or rule.kind != "draw" or not is_whole(rule.body):
        return
    actual, data = rule.body.type, spec.routes[0].data
    if is_another(actual, data) or actual.is_scalar or actual.kind in ("feature", "covector"):
        label = Label(rule.body.span or rule.span, f"this is {phrase(spec, actual)}")
        wanted = phrase(spec, data)
        message = "what the sampler draws is not a sample of the data"
        helps = (f"a sample is {wanted}: with dz/dt = v from noise ε at 1, it is `ε - v`",)
        yield Diagnostic("E0705", message, (label, *inside(spec, rule.body)), helps=helps)


CHECK = Check("E0705", _run)
