"""The fake score is trained on data

Distribution matching moves a generator along the difference of two scores: one of the data, by
a teacher, and one of what the generator makes now, by a critic that follows it. If the critic is
regressed on data it becomes a second teacher: the difference vanishes, and nothing is learned.

Wrong:

    minimize:
      f: mse(f(path(x, e, t), t), D(path(x, e, t), t))

Right:

    minimize:
      f: mse(f(path(sg(y), e, t), t), D(path(sg(y), e, t), t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import summands
from fmdsl.checks.samples import calls_of, has_student, on_samples, own_groups, student_groups
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.semantics.gradient import gradient_of, is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    scores = [o for o in spec.outputs.values() if o.role == "critic" and o.kind != "logit"]
    used = [(o, use) for o in scores if (use := _use(spec, o)) is not None]
    # of two critics one may stand for the data: then the other one follows the generator
    if any(_follows(spec, o) for o, _ in used):
        return
    for output, use in used:
        own = own_groups(spec, output)
        if own and is_whole(*(g.loss for g in own)):
            yield _on_data(spec, output, use)


def _use(spec: Elaborated, output: Output) -> Term | None:
    """A call on generated samples in the loss of a student, of a net that has its own group."""
    for group in student_groups(spec):
        if output.weights not in gradient_of(spec, group).trained:
            for call in calls_of(spec, output, group.loss):
                if on_samples(spec, call):
                    return call
    return None


def _follows(spec: Elaborated, output: Output) -> bool:
    """Whether a term that it answers in holds a sample; its features serve other nets."""
    terms = (t for g in own_groups(spec, output) for _, t in summands(g.loss))
    return any(has_student(spec, t) and _answers(spec, output, t) for t in terms)


def _answers(spec: Elaborated, output: Output, term: Term) -> bool:
    lent = {id(t.args[0].bare) for t in walk(term) if t.op == "features"}
    return any(id(c) not in lent for c in calls_of(spec, output, term))


def _on_data(spec: Elaborated, output: Output, use: Term) -> Diagnostic:
    name = output.name
    calls = calls_of(spec, output, *(g.loss for g in own_groups(spec, output)))
    labels = [Label(c.span, "trained here, on no generated sample") for c in calls[:1] if c.span]
    if use.span is not None:
        labels.append(Label(use.span, "read here on generated samples, as their score"))
    return Diagnostic(
        "E0906",
        f"the fake score `{name}` is trained on data",
        tuple(labels),
        ("on data it becomes a copy of the teacher, and their difference vanishes",),
        ("train it on the generator's samples, stopped: `path(sg(y), e, t)`",),
    )


CHECK = Check("E0906", _run)
