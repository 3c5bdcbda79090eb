"""A trained net that no group moves

Students, critics and learned weights are trained: some group of `minimize`, in some stage, must
name them. A net that nothing moves keeps the weights that it began with. If that is meant, it
is given, not trained: its role is `frozen`, or `teacher` where no gradient passes through it.

Wrong:

    nets:
      u: student(point@t, t) -> tangent
      w: weight(t) -> scalar
    minimize:
      u: exp(-w(t)) * error + w(t)

Right:

    minimize:
      u, w: exp(-w(t)) * error + w(t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import group_of
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.semantics.gradient import net_calls
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    # a misspelt name in a group is E0901, and the net that was meant is not left out
    if any(name not in spec.outputs for group in spec.objectives for name in group.nets):
        return
    for output in spec.weights.values():
        if not output.is_trained or group_of(spec, output.weights) is not None:
            continue
        if output.role != "critic" or not _is_used(spec, output):
            yield Diagnostic(
                "E0307",
                f"no group trains the {output.role} `{output.name}`",
                (Label(output.span, "declared as trained"),),
                helps=(
                    f"name it in a group of `minimize`, or declare it `{output.name}: frozen(…)`",
                ),
            )


def _is_used(spec: Elaborated, output: Output) -> bool:
    """Whether some loss calls it: of a critic E0908 then tells more."""
    calls = net_calls(*(g.loss for g in spec.objectives))
    called = (spec.outputs.get(c["fn"]) for c in calls)
    return any(o is not None and o.weights == output.weights for o in called)


CHECK = Check("E0307", _run)
