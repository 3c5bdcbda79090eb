"""Prescribed gradients: multiples of the difference of two scores, fake minus real.

DMD and VSD: of the law of generated samples, by a critic, and of the data's, by a teacher. SDS and
ADD have no critic: noise stands where the fake score does, which is the score of the noise around
the one sample, `∇ log N(z; α y, σ²) = -e / σ`; its mean is zero given y, so that any multiple of it
is the same gradient in expectation. A guided teacher has the score of its own field.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.clocks import below
from fmdsl.proofs.critics.laws import (
    Seen,
    at_truth,
    fields_of,
    made_inside,
    score_slope,
    seen,
)
from fmdsl.proofs.drawn import sign_where_drawn, values_where_drawn
from fmdsl.proofs.pieces import Piece
from fmdsl.proofs.pull import weight_sign
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.verdict import (
    HOLDS_IF,
    PROVED,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
    refuted_or_undecided,
)
from fmdsl.terms.term import Term, walk

NAME = "critics"
_GIVEN = ("teacher", "frozen")


def score_differences(case: Case) -> Iterator[Verdict]:
    """A verdict on each prescribed gradient that reads a teacher or a frozen net."""
    for part in _once(case):
        found = prescribed(part.piece.core)
        if found is None or any(o.role == "critic" for o in part.learners):
            continue
        if not roles(case, part.piece.core) & set(_GIVEN) or roles(case, found[0]) - {"student"}:
            continue
        if _is_of_its_identity(case, part):
            continue
        try:
            yield _difference(case, part, found)
        except STOPS:
            continue


def _once(case: Case) -> Iterator[Part]:
    """The parts, of those that tell only how a sample was made the first, without its branch."""
    told: set[tuple[str, Piece]] = set()
    for part in case.parts:
        cut = made_inside(case, part.piece.core)
        asked = {t.args[0].key for t in below((part.piece.core,), cut) if t.op == "where"}
        if cut and not any(c.key in asked for c, _ in part.branch.cases):
            if (part.group.name, part.piece) in told:
                continue
            told.add((part.group.name, part.piece))
            part = replace(part, branch=replace(part.branch, cases=()))
        yield part


def _is_of_its_identity(case: Case, part: Part) -> bool:
    """Whether a term without a critic moves nets whose identity says what they are: a map's."""
    alone = "critic" not in roles(case, part.piece.core)
    return alone and all(o.name in case.truths for o in part.learners)


def roles(case: Case, core: Term) -> set[str]:
    """The roles of the nets that a term calls."""
    called = [t["fn"] for t in walk(core) if t.op == "jet"]
    return {case.spec.outputs[n].role for n in called if n in case.spec.outputs}


def prescribed(core: Term) -> tuple[Term, Term] | None:
    """The sample, and the stopped expression along which it descends."""
    if core.op == "dot":
        a, b = core.args
        a, b = (b, a) if a.bare.op == "sg" else (a, b)
        return (a, b) if b.bare.op == "sg" and a.bare.op != "sg" else None
    if core.op in ("sse", "mse") and len(core.args) == 2 and core.args[1].bare.op == "sg":
        return core.args[0], core.args[1]
    return None


def _difference(case: Case, part: Part, found: tuple[Term, Term]) -> Verdict:
    where = seen(case, part)
    read = part.varied.frame.read if where is None else where.read
    push = at_truth(case, part, _descended(part, read.inside_sg(), found))
    silent = [f.name for f in al.nets_in(push) if f.role in ("critic", *_GIVEN)]
    if silent:
        reason = f"no identity says what {' and '.join(dict.fromkeys(silent))} is"
        return Verdict(UNDECIDED, NAME, part.subject, reason, help="state it under `identity`")
    step = Step("With the critics at their optimum, the sample descends along", push)
    told = None if where is None else _of_two_laws(push, where) or _of_one_sample(push, where)
    if where is None or told is None:
        return _no_difference(case, part, push, step)
    apart = _apart(case, part, push)
    if not apart.is_zero:
        return _of_another_law(part, apart, step)
    moved = where.moved(where.read.vector(found[0]))
    descent = told[0] * (weight_sign(part) or 0) * (moved or 0)
    if sign_where_drawn(case.spec, descent, where.read.opaque) == -1:
        world = next(values_where_drawn(case.spec, descent, where.read.opaque)).world
        return _reversed(part, step, (descent, told[1]), world)
    return _told(case, part, step, told)


def _descended(part: Part, read: Translator, found: tuple[Term, Term]) -> Vector:
    sample, target = found
    push = read.vector(target.bare.args[0])
    push = push if part.piece.core.op == "dot" else read.vector(sample) - push
    return part.piece.sign * push


def _told(case: Case, part: Part, step: Step, told: tuple[Scalar, str]) -> Verdict:
    factor, which = told
    steps = (step, Step(f"which is fake minus real of {which} times", factor))
    reason = f"the prescribed gradient is a multiple of the difference of {which}"
    assumed = "; ".join(case.assumptions(part))
    words = f"{assumed}: then {reason}" if assumed else reason
    return Verdict(HOLDS_IF if assumed else PROVED, NAME, part.subject, words, steps)


def _reversed(
    part: Part, step: Step, told: tuple[Scalar, str], world: al.Counterexample
) -> Verdict:
    """A negative multiple: the sample climbs."""
    factor, which = told
    steps = (step, Step(f"which is fake minus real of {which} times", factor))
    reason = f"the sample moves from the data's law towards its own: real minus fake of {which}"
    help_ = "exchange the two sides of the difference, or turn the sign of the term"
    span = part.piece.core.span
    return Verdict(REFUTED, NAME, part.subject, reason, steps, factor, world, help_, span)


def _of_two_laws(push: Vector, where: Seen) -> tuple[Scalar, str] | None:
    """`k (∇ log q - ∇ log p)`: one field of generated samples against those of the data."""
    made, real, rest = fields_of(push)
    total = sum((*made.values(), *real.values()), al.ZERO)
    if len(made) != 1 or not real or not rest.is_zero or not total.is_zero:
        return None
    ((_, own),) = made.items()
    of = "the two laws' scores"
    told = of if len(real) == 1 else f"{of}, the data's a guided one"
    return own / score_slope(where.weights), told


def _of_one_sample(push: Vector, where: Seen) -> tuple[Scalar, str] | None:
    """`k (-e/σ - ∇ log p)`: the noise that made the state stands for a fake score."""
    push = where.one_sample(push)
    made, real, _ = fields_of(push)
    if made or not real:
        return None
    total = sum(real.values(), al.ZERO)
    factor = -total / score_slope(where.weights)
    mean = Vector({a: c / total for a, c in real.items()})
    score = where.weights.score(where.z, mean)
    left = push - factor * (-where.noise / where.weights.sigma - score)
    told = "two scores, of the noise around one sample and of the data"
    told = told if len(real) == 1 else f"{told}, the latter guided"
    if left.terms.keys() - where.noise.terms.keys():
        return None
    return factor, told if left.is_zero else f"{told}, up to noise of mean zero"


def _apart(case: Case, part: Part, push: Vector) -> Vector:
    """The descent where the samples' law is the one that the learners' identity names."""
    law = _named_law(case, part)
    return al.NULL if law is None else put_truth(push, _equal_to(case, law))


def _of_another_law(part: Part, apart: Vector, step: Step) -> Verdict:
    names = " and ".join(o.name for o in part.learners)
    reason = f"samples are drawn to another law than the one that the identity of {names} names"
    help_ = "read the teacher under the same guidance in every term"
    span = part.piece.core.span
    return refuted_or_undecided(NAME, part.subject, apart, reason, (step,), help_, span)


def _named_law(case: Case, part: Part) -> al.Net | None:
    """The velocity of which the learner is a flow, by its identity."""
    known = [case.truths.get(o.name) for o in part.learners]
    flows = {
        f.of for t in known if t for f in al.nets_in(t.solved(t.labels).value) if f.role == "flow"
    }
    of = flows.pop() if len(flows) == 1 and None not in known else None
    return None if of is None else al.Net(of)


def _equal_to(case: Case, law: al.Net | None) -> dict[Any, Any]:
    """Every generated law is the named one; the data's where none is."""
    made = {n: law or v for n, v in case.equal_laws.items() if n.fn.role == "field"}
    return {**case.equal_laws, **made}


def _no_difference(case: Case, part: Part, push: Vector, step: Step) -> Verdict:
    equal = put_truth(push, _equal_to(case, _named_law(case, part)))
    if equal.is_zero or "critic" not in roles(case, part.piece.core):
        reason = "the prescribed gradient is no difference of two scores"
        if equal.is_zero:
            reason = "it vanishes where the laws agree, and is no score difference"
        return Verdict(UNDECIDED, NAME, part.subject, reason, (step,))
    reason = "the prescribed gradient is not zero where the samples' law is the data's"
    help_ = "fake minus real, each made by the same formula"
    span = part.piece.core.span
    return refuted_or_undecided(NAME, part.subject, equal, reason, (step,), help_, span)
