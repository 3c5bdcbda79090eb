"""A moving average of a net that does not move

`ema(u, 0.99)` is a copy of u whose weights follow u's while u is trained. A teacher or a frozen
net is given and stays: its average is itself.

Wrong:

    minimize:
      u: mse(u(z, t), ema(T(z, t), 0.99))

Right:

    minimize:
      u: mse(u(z, t), T(z, t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import net_calls
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    bodies = [g.loss for g in spec.objectives]
    bodies += [spec.sampler.body] if spec.sampler else []
    for call in net_calls(*bodies):
        output = spec.outputs.get(call["fn"])
        averaged = call["copy"].startswith("ema")
        if averaged and output is not None and not output.is_trained and call.span is not None:
            name = output.name
            message = f"`{name}` is a {output.role} net and has no moving average"
            labels = (
                Label(call.span, f"called as its {call['copy']} copy"),
                Label(output.span, "declared here"),
            )
            yield Diagnostic("E0903", message, labels, helps=(f"call `{name}` itself",))


CHECK = Check("E0903", _run)
