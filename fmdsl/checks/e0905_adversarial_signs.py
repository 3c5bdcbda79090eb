"""Generator and discriminator push the same way

A discriminator's own loss pulls its logit apart: up on real samples and down on generated ones,
or the other way round (a log-ratio of generated to real). The generator's loss must move the
logit of its samples towards the real side. Which way a loss moves is read off its form: sums,
positive factors, `softplus`, `relu`, `min` and `max` keep or turn a direction. Where it cannot be
read off (least squares, a gradient penalty) nothing is said.

Wrong:

    minimize:
      G: softplus(disc(y))
      disc: softplus(disc(sg(y))) + softplus(-disc(x))

Right:

    minimize:
      G: softplus(-disc(y))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fmdsl.checks.check import Check
from fmdsl.checks.reach import summands
from fmdsl.checks.samples import critic_groups, on_samples, own_groups, student_groups
from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.semantics.gradient import gradient_of
from fmdsl.semantics.monotone import Monotone
from fmdsl.semantics.ranges import ranges
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


@dataclass(frozen=True, slots=True)
class Pull:
    """A term of a loss and which way its minimisation moves a logit: 1 up, -1 down."""

    term: Term
    way: int

    @property
    def word(self) -> str:
        return "raises" if self.way > 0 else "lowers"


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for output in spec.outputs.values():
        own = [g for g in own_groups(spec, output) if g in tuple(critic_groups(spec))]
        if output.kind == "logit" and own:
            yield from _told(spec, output, own[0])


def _told(spec: Elaborated, output: Output, own: Objective) -> Iterator[Diagnostic]:
    real = _pull(spec, own, _calls(spec, output, generated=False))
    fake = _pull(spec, own, _calls(spec, output, generated=True))
    if real and fake and real.way == fake.way:
        yield _together(output, real, fake)
        return
    up = real.way if real else -fake.way if fake else 0
    named = real or fake
    for group in student_groups(spec):
        pull = _pull(spec, group, _calls(spec, output, generated=True))
        if pull and named and pull.way == -up and _moves_student(spec, group, pull):
            yield _opposed(output, pull, named, named is real)


def _calls(spec: Elaborated, output: Output, generated: bool) -> Callable[[Term], bool]:
    def one(t: Term) -> bool:
        plain = t.op == "jet" and t["fn"] == output.name and t["order"] == 0
        return plain and on_samples(spec, t) == generated

    return one


def _pull(spec: Elaborated, group: Objective, calls: Callable[[Term], bool]) -> Pull | None:
    """The way that the terms of a loss agree on; None where they do not, or say nothing."""
    slope = Monotone(calls, ranges(spec))
    pulls: list[Pull] = []
    for sign, term in summands(group.loss):
        rises = slope(term)
        if rises:
            pulls.append(Pull(term, -rises * sign))
    ways = {p.way for p in pulls}
    return pulls[0] if len(ways) == 1 else None


def _moves_student(spec: Elaborated, group: Objective, pull: Pull) -> bool:
    return bool(gradient_of(spec, group).reached(pull.term))


def _label(pull: Pull, text: str) -> tuple[Label, ...]:
    return (Label(pull.term.span, text),) if pull.term.span else ()


def _together(output: Output, real: Pull, fake: Pull) -> Diagnostic:
    name = output.name
    labels = _label(fake, f"this term {fake.word} `{name}` on generated samples")
    labels += _label(real, f"this term {real.word} it on real samples as well")
    message = f"`{name}` is not taught to tell real from generated"
    return Diagnostic("E0905", message, labels, helps=("turn the sign in one of the two",))


def _opposed(output: Output, pull: Pull, own: Pull, is_real: bool) -> Diagnostic:
    name, kind = output.name, "real" if is_real else "generated"
    labels = _label(pull, f"this term {pull.word} `{name}` on generated samples")
    labels += _label(own, f"its own loss {own.word} `{name}` on {kind} samples")
    meaning = "real" if (own.way > 0) == is_real else "generated"
    return Diagnostic(
        "E0905",
        f"the generator learns to look generated to `{name}`",
        labels,
        (f"by its own loss, a large `{name}` means {meaning}",),
        ("turn the sign of the logit in the generator's loss",),
    )


CHECK = Check("E0905", _run)
