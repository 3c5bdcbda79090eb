"""How to mend a residual: set beside the one that the net's own identity asks for.

Differentiated along the flow, an identity loses its flow and becomes a relation between the net,
its derivatives and the velocity. Where a written residual has another factor at one of them,
that factor is what to mend.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.algebra.vector import atom
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.case import STOPS, Case, Part

_XI = al.random("ξ")


def hint(case: Case, part: Part) -> str:
    """What to change, where a single comparison tells; empty where it does not."""
    known = [case.truths[o.name] for o in part.learners if o.name in case.truths]
    try:
        for truth in known:
            net = net_of(truth.output)
            found = truth.solved(truth.labels)
            called = net(*found.places, *found.times, *truth.labels)
            told = _compare(_mean(part), _lawful(called - found.value, part), called)
            if told:
                return told
    except (*STOPS, ValueError, AssertionError):
        pass
    return ""


def _mean(part: Part) -> Vector:
    form = part.varied.residual
    put = {part.varied.frame.z: al.state("z")} if part.varied.frame.z.terms else {}
    form = al.put(form, put) if put else form
    return al.put(form, {_XI: al.NULL}) if al.basis(_XI) in form.deps else form


def _lawful(gap: Vector, part: Part) -> Vector:
    """The identity without its flow: as it stands, or differentiated by the state's time."""
    flows = [a for a in gap.terms if isinstance(a, Jet) and a.fn.role == "flow"]
    if not flows:
        return gap
    (flow,) = flows
    assert flow.fn.of is not None
    scaled = gap / gap.terms[flow]
    velocity = al.Net(flow.fn.of)(flow.places[0], flow.times[0], *flow.labels)
    return al.D(scaled, flow.times[0], z=velocity)


def _compare(written: Vector, lawful: Vector, called: Vector) -> str:
    """The first term whose factor is not the identity's, at equal factors of the net itself."""
    mine, right = written.coefficient(called), lawful.coefficient(called)
    if mine.is_zero or right.is_zero:
        return ""
    lawful = lawful * (mine / right)
    atoms = [a for a in (*lawful.terms, *written.terms) if isinstance(a, Jet)]
    wrong = [a for a in dict.fromkeys(atoms) if _of(written, a) != _of(lawful, a)]
    if not wrong or len(wrong) > 3:
        return ""
    alike: dict[tuple[Scalar, Scalar], list[str]] = {}
    for a in wrong:
        alike.setdefault((_of(written, a), _of(lawful, a)), []).append(al.text(atom(a)))
    return "; ".join(
        f"{' and '.join(names)}: the factor is {al.text(has)}, "
        f"and by the identity it is {al.text(wants)}"
        for (has, wants), names in alike.items()
    )


def _of(form: Vector, a: object) -> Scalar:
    return form.terms.get(a, al.ZERO)  # type: ignore[call-overload]
