"""A discriminator is shown one side only

A discriminator learns to tell real samples from generated ones, and the generator follows it. It
must be shown both. A real sample is one that no student made: of the data, or of a teacher that
starts from noise. What a teacher makes of a generated sample (its denoised state, say) is no real
sample: the generator would be drawn to where it is already.

Wrong:

    minimize:
      G: -disc(y)
      disc: relu(1 - disc(sg(z - t * T(z, t)))) + relu(1 + disc(sg(y)))

Right:

    minimize:
      G: -disc(y)
      disc: relu(1 - disc(x)) + relu(1 + disc(sg(y)))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import summands
from fmdsl.checks.samples import calls_of, critic_groups, on_samples, own_groups, student_groups
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.semantics.gradient import is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for output in spec.outputs.values():
        if output.role != "critic" or output.kind != "logit":
            continue
        own = [g.loss for g in own_groups(spec, output) if g in tuple(critic_groups(spec))]
        shown = calls_of(spec, output, *own)
        sides = {on_samples(spec, c) for c in shown}
        if len(sides) == 1 and is_whole(*own) and _is_followed(spec, output):
            terms = [t for loss in own for _, t in summands(loss) if calls_of(spec, output, t)]
            yield _told(output, terms, sides.pop())


def _is_followed(spec: Elaborated, output: Output) -> bool:
    """Whether a student's loss asks it of generated samples."""
    asked = calls_of(spec, output, *(g.loss for g in student_groups(spec)))
    return any(on_samples(spec, c) for c in asked)


def _told(output: Output, terms: list[Term], generated: bool) -> Diagnostic:
    name, side = output.name, "generated" if generated else "real"
    labels = tuple(Label(t.span, f"this judges a {side} sample") for t in terms if t.span)
    missing = "real" if generated else "generated"
    remedy = "samples of the data" if generated else "what the generator makes, stopped: `sg(y)`"
    return Diagnostic(
        "E0911",
        f"the discriminator `{name}` is shown no {missing} sample",
        labels,
        ("of one side alone it learns no difference, and the generator follows none",),
        (f"show it {remedy}",),
    )


CHECK = Check("E0911", _run)
