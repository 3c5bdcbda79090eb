"""A group names a net that it cannot move

The keys of `minimize` are nets of the spec whose role says that they are trained: `student`,
`critic`, `weight`. Teachers and frozen nets are given, and stay as they are.

Wrong:

    nets:
      T: teacher(point@t, t) -> tangent
    minimize:
      T: mse(T(z, t), D(z, t))

Right:

    nets:
      T: student(point@t, t) -> tangent
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.catalog import closest
from fmdsl.checks.check import Check
from fmdsl.checks.words import declared
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        for name, span in zip(group.nets, group.net_spans, strict=False):
            output = spec.outputs.get(name)
            if output is None:
                yield _unknown(spec, name, span)
            elif not output.is_trained:
                message = f"`{name}` is a {output.role} net: it is given, not trained"
                labels = (
                    Label(span, "a group moves its nets"),
                    Label(output.span, "declared here"),
                )
                helps = (f"declare it `{name}: student(…)`, or take it out of the group",)
                yield Diagnostic("E0901", message, labels, helps=helps)


def _unknown(spec: Elaborated, name: str, span: Span) -> Diagnostic:
    near = closest(name, (n for n, o in spec.outputs.items() if o.is_trained))
    place = declared(spec, name)
    labels = [Label(span, "not a net")]
    labels += [Label(place, f"`{name}` is declared here")] if place else []
    help_ = (
        f"did you mean `{near}`?" if near else f"declare it in `nets`: `{name}: student(…) -> …`"
    )
    return Diagnostic("E0901", f"no net is called `{name}`", tuple(labels), helps=(help_,))


CHECK = Check("E0901", _run, after=("E0218",))
