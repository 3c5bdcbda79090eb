"""The pointwise optimum of a critic's loss, and what the student makes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmdsl import algebra as al
from fmdsl.checks.samples import on_samples
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.minimum import Expected, minimum, slope_sign
from fmdsl.proofs.settle import MEAN, POINTWISE, settle
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.verdict import HOLDS_IF, PROVED, UNDECIDED, Step, Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import Output
from fmdsl.terms.term import Term, walk

NAME = "critics"


def optimum_of(case: Case, output: Output) -> Iterator[Verdict]:
    """What minimises the loss of a critic, given its input."""
    own = [p for p in case.parts if output in p.learners]
    if output.kind in ("logit", "scalar"):
        yield from _discriminator(case, output, [p for p in own if is_adversarial(p)])
    elif output.name in case.truths:
        yield from _regression(case, output, [p for p in own if not is_adversarial(p)])


def _regression(case: Case, output: Output, parts: list[Part]) -> Iterator[Verdict]:
    known = case.truths[output.name].words.partition(": ")[2]
    for part in parts:
        found = settle(case, part)
        if found.kind in (MEAN, POINTWISE):
            reason = f"the optimum of {part.piece.title} is {known}"
            yield Verdict(PROVED, NAME, output.name, reason, found.steps)


def _discriminator(case: Case, output: Output, parts: list[Part]) -> Iterator[Verdict]:
    loss = Expected(output.name, tuple((p.piece, _weight(p)) for p in parts), _generated(case))
    found = minimum(loss)
    if found is None:
        reason = "its loss is no function of its value on single samples: no pointwise optimum"
        yield Verdict(UNDECIDED, NAME, output.name, reason)
        return
    words, way = found
    reason = (
        f"given its input, with densities p of real and q of generated ones, it comes to {words}"
    )
    yield Verdict(PROVED, NAME, output.name, reason)
    yield from _agreement(case, output, way)


def _weight(part: Part) -> int:
    return part.piece.sign


def _generated(case: Case) -> Callable[[Term], bool]:
    return lambda call: on_samples(case.spec, call)


def _agreement(case: Case, output: Output, way: int) -> Iterator[Verdict]:
    """The students' terms move the critic's number towards what it says of real samples."""
    for part in case.parts:
        called = any(t.op == "jet" and t["fn"] == output.name for t in walk(part.piece.core))
        if not called or output in part.learners:
            continue
        sign = slope_sign(part.piece.core, output.name)
        if sign is None:
            continue
        if -sign * part.piece.sign == way:
            reason = f"{part.group.name} descends towards what {output.name} says of real samples"
            yield Verdict(PROVED, NAME, part.subject, reason)
        else:
            reason = (
                f"{part.group.name} descends towards what {output.name} says of generated samples"
            )
            form = al.setting("D") * sign
            yield refuted_or_undecided(
                NAME, part.subject, form, reason, help="turn the sign of the critic's number"
            )


def score_differences(case: Case) -> Iterator[Verdict]:
    """Prescribed gradients: multiples of the difference of two scores, with the right sign."""
    for part in case.parts:
        prescribed = _prescribed(part.piece.core)
        if prescribed is None or any(o.role == "critic" for o in part.learners):
            continue
        called = [t["fn"] for t in walk(part.piece.core) if t.op == "jet"]
        roles = {case.spec.outputs[n].role for n in called if n in case.spec.outputs}
        if "critic" not in roles or not roles & {"teacher", "frozen"}:
            continue
        try:
            yield _difference(case, part, prescribed)
        except STOPS:
            continue


def _prescribed(core: Term) -> tuple[Term, Term] | None:
    """The sample, and the stopped expression along which it descends."""
    if core.op == "dot":
        a, b = core.args
        a, b = (b, a) if a.bare.op == "sg" else (a, b)
        return (a, b) if b.bare.op == "sg" and a.bare.op != "sg" else None
    if core.op in ("sse", "mse") and len(core.args) == 2 and core.args[1].bare.op == "sg":
        return core.args[0], core.args[1]
    return None


def _difference(case: Case, part: Part, prescribed: tuple[Term, Term]) -> Verdict:
    read = part.varied.frame.read.inside_sg()
    sample, target = prescribed
    push = read.vector(target.bare.args[0])
    if part.piece.core.op != "dot":
        push = read.vector(sample) - push
    push = put_truth(al.tie(push, "ema"), case.truth)
    silent = [f.name for f in al.nets_in(push) if f.role in ("critic", "teacher", "frozen")]
    if silent:
        reason = f"no identity says what {' and '.join(dict.fromkeys(silent))} is"
        return Verdict(UNDECIDED, NAME, part.subject, reason, help="state it under `identity`")
    fields = [a for a in push.terms if getattr(getattr(a, "fn", None), "role", "") == "field"]
    rest = push - al.Vector({a: push.terms[a] for a in fields})
    steps = (Step("With the critics at their optimum, the sample descends along", push),)
    total = sum((push.terms[a] for a in fields), al.ZERO)
    if rest.is_zero and len(fields) == 2 and total.is_zero:
        reason = "the prescribed gradient is a multiple of the difference of the two laws' scores"
        assumed = "; ".join(case.assumptions(part))
        return Verdict(HOLDS_IF if assumed else PROVED, NAME, part.subject,
                       f"{assumed}: then {reason}" if assumed else reason, steps)  # fmt: skip
    equal = put_truth(push, case.equal_laws)
    if equal.is_zero:
        return Verdict(
            UNDECIDED,
            NAME,
            part.subject,
            "it vanishes where the laws agree, and is no score difference",
            steps,
        )
    reason = "the prescribed gradient is not zero where the samples' law is the data's"
    return refuted_or_undecided(
        NAME, part.subject, equal, reason, steps, "fake minus real, each made by the same formula"
    )
