"""Noise is subtracted that did not make the state

Score distillation moves a sample along `T(z, t) - e`: the teacher's prediction of the noise in
`z = path(y, e, t)`, less that noise. The noise has mean zero given the sample and takes away
what the prediction owes to it. Noise that did not make z takes nothing away and adds its own
variance; the noise from which the generator made y has no mean of zero given y, and pulls.

Wrong:

    let:
      z: path(y, n, t)
    minimize:
      G: dot(y, sg(T(z, t) - e))

Right:

    let:
      z: path(y, e, t)
    minimize:
      G: dot(y, sg(T(z, t) - e))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.samples import prescribed, student_groups
from fmdsl.semantics.affine import coefficient
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import calls_by_role, gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.level import ZERO
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in student_groups(spec):
        for term in gradient_of(spec, group).live(group.loss):
            for sample, target, _ in prescribed(term):
                if calls_by_role(spec, target, "teacher", "frozen"):
                    yield from _foreign(sample, target)


def _foreign(sample: Term, target: Term) -> Iterator[Diagnostic]:
    paths = [t for t in walk(target) if t.op == "path"]
    put = frozenset[str]().union(*(p.args[2].free for p in paths))
    noises = {t["name"]: t for t in walk(target) if t.op == "draw" and t.type.kind == "noise"}
    for name, draw in noises.items():
        share = coefficient(target, draw.__eq__, sample)
        if paths and name not in put and share not in (None, ZERO):
            yield _told(name, sample, target, sorted(put), paths[0])


def _told(name: str, sample: Term, target: Term, put: list[str], path: Term) -> Diagnostic:
    told = f"`{name}` is part of what the sample moves along"
    labels = [Label(target.span, told)] if target.span else []
    if path.span is not None:
        labels.append(Label(path.span, f"this state is made with {_listed(put)}"))
    made = name in sample.free
    why = "the sample was made from it, so that its mean given the sample is not zero"
    why = why if made else "it is independent of all else: it adds variance, and nothing more"
    return Diagnostic(
        "E0912",
        f"the noise `{name}` did not make the state that the teacher reads",
        tuple(labels),
        (why,),
        (f"use the noise of the state, {_listed(put)}, or leave it out",),
    )


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{n}`" for n in names)


CHECK = Check("E0912", _run)
