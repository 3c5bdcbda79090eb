"""The decay of a moving average

`ema(u, 0.99)` is the moving average of the weights of `u`: after every step of the optimizer the
average is decay times itself plus (1 - decay) times the weights. The decay is a number from 0 to
below 1, or a function of settings and `progress` with such values.

Wrong:

    let:
      target: ema(u(z, t), 1.5)

Right:

    let:
      target: ema(u(z, t), 0.99)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "ema_decay"):
        yield Diagnostic(
            "E0213",
            "the decay of a moving average is a number from 0 to below 1",
            (Label(f.span), *trail(f)),
            helps=("for instance `ema(u(z, t), 0.99)`; settings and `progress` may stand in it",),
        )


CHECK = Check("E0213", _run)
