"""A student's sample and what critics and teachers say of it, as fields of two laws at a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.atoms import Jet
from fmdsl.checks.samples import has_student
from fmdsl.proofs.calls import labels_of
from fmdsl.proofs.case import Case, Part
from fmdsl.proofs.clocks import below, free_clocks
from fmdsl.proofs.frame import XI
from fmdsl.proofs.law import Weights, velocity_of, weights_at, without_sg
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.truth import put_truth
from fmdsl.terms.term import Term, walk

#: The sample that a student made, in the forms that are read here.
SAMPLE = al.random("y")


@dataclass(frozen=True)
class Seen:
    """The state z that a student's sample y makes with noise; terms are read in z, y and noise.

    `noise` is the path's noise end, `velocity` that of the generated law there; `made` is what
    the net makes the sample of.
    """

    read: Translator
    z: Vector
    noise: Vector
    weights: Weights
    velocity: Vector
    made: Vector

    def moved(self, form: Vector) -> Scalar | None:
        """By how much the sample moves with a form in it, or in the net that made it."""
        own = form.coefficient(SAMPLE)
        if not own.is_zero:
            return own
        jets = [a for a in form.terms if isinstance(a, Jet) and a in self.made.terms]
        return form.terms[jets[0]] / self.made.terms[jets[0]] if len(jets) == 1 else None

    def one_sample(self, form: Vector) -> Vector:
        """The sample by the state and the noise that made it: `y = (z - σ e) / α`."""
        made = (self.z - self.weights.sigma * self.noise) / self.weights.alpha
        return al.put(form, {SAMPLE: made})

    def given(self, form: Any) -> Any:
        """The sample and the noise in terms of z and ξ."""
        v = self.velocity + XI
        ((draw, scale),) = self.noise.terms.items()
        ends = {SAMPLE: self.weights.data(self.z, v),
                Vector({draw: al.ONE}): self.weights.noise(self.z, v) / scale}  # fmt: skip
        return al.put(form, ends)


def seen(case: Case, part: Part) -> Seen | None:
    """None where the term is not at one state that a student's sample makes."""
    core = part.piece.core
    paths = _outermost(case, core)
    if len(paths) != 1:
        return None
    (path,) = paths.values()
    _, data, noise, clock = path.args
    clocks: dict[int, Any] = dict(free_clocks(core, *part.piece.weights))
    made = part.branch.translator(case.spec, clocks, _labels(core, path))
    known = {**clocks, path.key: al.state("z")}
    known |= {data.key: SAMPLE, without_sg(data).key: SAMPLE}
    read = part.branch.translator(case.spec, known, _labels(core, path))
    drawn, level = read.vector(noise), read.scalar(clock)
    if len(drawn.terms) != 1:
        return None
    z = al.state("z")
    v = velocity_of(data)(z, level, *read.labels)
    return Seen(read, z, drawn, weights_at(case.spec, level), v, _read(made, without_sg(data)))


def _read(read: Translator, data: Term) -> Vector:
    """The form of a sample; none where a draw decides how it was made."""
    try:
        return read.vector(data)
    except Untranslated:
        return al.NULL


def _outermost(case: Case, core: Term) -> dict[int, Term]:
    """The states that samples make, and not those by which a sample was made in several jumps."""
    keys = {t.key for t in _made(case, core)}
    outside = below((core,), made_inside(case, core))
    return {t.key: t for t in outside if t.op == "path" and t.key in keys}


def made_inside(case: Case, core: Term) -> frozenset[int]:
    """The samples below, by key, stopped or not: how each was made is no one's business."""
    ends = [t.args[1] for t in _made(case, core)]
    return frozenset(k for end in ends for k in (end.key, without_sg(end).key))


def _made(case: Case, core: Term) -> list[Term]:
    return [t for t in walk(core) if t.op == "path" and has_student(case.spec, t.args[1])]


def _labels(core: Term, path: Term) -> tuple[str, ...]:
    """Those with which nets are called at the state."""
    calls = (t for t in walk(core) if t.op == "jet" and any(a.key == path.key for a in t.place))
    found = (labels_of(t) for t in calls)
    return next((f for f in found if f and f != ("null",)), ())


def fields_of(form: Vector) -> tuple[dict[Jet, Scalar], dict[Jet, Scalar], Vector]:
    """The velocities of generated laws, of others, and what is left."""
    fields = {a: c for a, c in form.terms.items() if isinstance(a, Jet) and a.fn.role == "field"}
    made = {a: c for a, c in fields.items() if a.fn.name.startswith("v[")}
    real = {a: c for a, c in fields.items() if a not in made}
    rest = form - Vector(dict[Any, Any](fields))
    return made, real, rest


def at_truth(case: Case, part: Part, form: Any) -> Any:
    """With every net at what its identity says, all copies of weights the same."""
    return put_truth(al.tie(form, "ema"), case.truth_for(part))


def score_slope(weights: Weights) -> Scalar:
    """By how much a score grows with its law's velocity."""
    return -weights.alpha / (weights.sigma * weights.wronskian)
