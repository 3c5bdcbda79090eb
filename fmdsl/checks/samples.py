"""Who makes what: calls on generated samples, and the groups of students and critics."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.affine import coefficient
from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.semantics.gradient import moved, net_calls
from fmdsl.terms.level import ONE
from fmdsl.terms.term import Term


def has_student(spec: Elaborated, *terms: Term) -> bool:
    """Whether a student is called below, stopped or not."""
    return any(_role(spec, c) == "student" for c in net_calls(*terms))


def on_samples(spec: Elaborated, call: Term) -> bool:
    """Whether a net is called on what a student makes."""
    return has_student(spec, *call.place)


def student_groups(spec: Elaborated) -> Iterator[Objective]:
    """Groups that move a student."""
    return (g for g in spec.objectives if "student" in _roles(spec, g))


def critic_groups(spec: Elaborated) -> Iterator[Objective]:
    """Groups that move critics and no student."""
    groups = ((g, _roles(spec, g)) for g in spec.objectives)
    return (g for g, roles in groups if "critic" in roles and "student" not in roles)


def own_groups(spec: Elaborated, output: Output) -> tuple[Objective, ...]:
    """Groups that move a net."""
    return tuple(g for g in spec.objectives if output.weights in moved(spec, g))


def calls_of(spec: Elaborated, output: Output, *terms: Term) -> tuple[Term, ...]:
    """Calls of one output of a net."""
    return tuple(c for c in net_calls(*terms) if c["fn"] == output.name)


def prescribed(term: Term) -> Iterator[tuple[Term, Term, int]]:
    """Sample, stopped expression, and the sign with which the descended gradient is in it."""
    if len(term.args) != 2 or not (term.op == "dot" or term.op in REGRESSIONS):
        return
    sample, target = term.args
    if term.op == "dot":
        if sample.bare.op == "sg":
            sample, target = target, sample
        if target.bare.op == "sg" and sample.bare.op != "sg":
            yield sample, target, 1
    elif target.bare.op == "sg" and coefficient(target, lambda t: t == sample) == ONE:
        yield sample, target, -1


def _roles(spec: Elaborated, group: Objective) -> set[str]:
    return {spec.outputs[n].role for n in group.nets if n in spec.outputs}


def _role(spec: Elaborated, call: Term) -> str:
    return spec.outputs[call["fn"]].role if call["fn"] in spec.outputs else ""
