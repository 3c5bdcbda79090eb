"""How two objectives are related, term by term, each with its derivation.

Gradients are compared, with θ⁻ tied to θ: draw by draw, or in expectation given z. The laws by
which clocks are drawn are weights of an expectation and are not compared: `fmdsl diff` tells them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.algebra.field import generator
from fmdsl.algebra.walk import jets
from fmdsl.proofs.align import Alignment, alignments, matched
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import Form, Step, counterexample
from fmdsl.proofs.weighing import is_constant, weight_words
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import Term, number

EQUAL, GRADIENT, AVERAGE, LIMIT = (
    "equal",
    "gradient-equal",
    "gradient-equal in expectation",
    "limit",
)
DIFFERENT, UNDECIDED = "different", "not decided"
#: From the strongest relation to the weakest.
_ORDER = (EQUAL, GRADIENT, AVERAGE, LIMIT, UNDECIDED, DIFFERENT)


@dataclass(frozen=True, slots=True)
class Relation:
    """`factor` is by what A's gradient is B's, where it is one number or weight."""

    kind: str
    reason: str
    factor: Scalar | None = None
    steps: tuple[Step, ...] = ()
    residual: Form | None = None
    counterexample: al.Counterexample | None = None

    @property
    def holds(self) -> bool:
        return self.kind in (EQUAL, GRADIENT, AVERAGE, LIMIT)


def relate(
    a: Elaborated,
    b: Elaborated,
    settings: dict[str, Fraction] | None = None,
    limit: tuple[str, Fraction] | None = None,
) -> Relation:
    """The strongest relation found between the losses of two specs."""
    one, other = Case(a), Case(b)
    values = {
        make(n): al.scalar(v) for n, v in (settings or {}).items() for make in (al.setting, al.time)
    }
    found = [_under(one, other, how, values, limit) for how in alignments(one, other)]
    return min(found, key=lambda r: _ORDER.index(r.kind)) if found else _nothing()


def _given(a: Part, b: Part, how: Alignment) -> dict[Any, Any]:
    """What the specs assume of teachers and frozen nets."""
    truths = (*Case(a.spec).truths.values(), *Case(b.spec).truths.values())
    return {
        net_of(t.output): t for t in truths if t.is_assumption and net_of(t.output) not in how.nets
    }


def _nothing() -> Relation:
    return Relation(DIFFERENT, "no net of the one corresponds to a net of the other")


def _under(
    a: Case, b: Case, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    mine = [p for p in a.parts if not is_adversarial(p) and _is_taken(p, values, limit)]
    theirs = [p for p in b.parts if not is_adversarial(p) and _is_taken(p, values, limit)]
    if not mine or not theirs:
        return _nothing()
    rest, found = list(theirs), list[Relation]()
    for part in mine:
        best = min(
            ((_parts(part, other, how, values, limit), other) for other in rest),
            key=lambda pair: _ORDER.index(pair[0].kind),
            default=None,
        )
        if best is None:
            found.append(
                Relation(DIFFERENT, f"A has the term {part.piece.title}, and B has none like it")
            )
            continue
        found.append(best[0])
        if best[0].holds:
            rest.remove(best[1])
    extra = [Relation(DIFFERENT, f"B has the term {p.piece.title}, and A none like it") for p in rest
             if all(r.holds for r in found)]  # fmt: skip
    return _joined([*found, *extra], how)


def _is_taken(part: Part, values: dict[Any, Any], limit: tuple[str, Fraction] | None) -> bool:
    """Whether the part's branches go the way that the asked values make them go."""
    known = {al.symbol(k).name: v.number for k, v in values.items()}
    if limit is not None:
        known[limit[0]] = limit[1] + _NEAR
    return all(_goes(c, known) in (None, held) for c, held in part.branch.cases)


_NEAR = Fraction(1, 10**9)


def _goes(condition: Term, known: dict[str, Fraction]) -> bool | None:
    sides = [
        known.get(t["name"], number(t)) if t.op == "let" else number(t) for t in condition.args
    ]
    if len(sides) != 2 or sides[0] is None or sides[1] is None:
        return None
    a, b = (s or Fraction(0) for s in sides)
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}.get(condition.op)


def _joined(found: list[Relation], how: Alignment) -> Relation:
    """As strong as the weakest of the terms; one common factor, or none is told."""
    worst = max(found, key=lambda r: _ORDER.index(r.kind))
    factors = list(dict.fromkeys(r.factor for r in found))
    opening = tuple(Step(f"The nets: {w}.") for w in how.words)
    steps = opening + tuple(s for r in found for s in r.steps)
    if worst.holds and len(factors) > 1:
        told = ", ".join(al.text(f) for f in factors if f is not None)
        reason = f"each term is gradient-equal, with factors of its own: {told}"
        return Relation(max((GRADIENT, worst.kind), key=_ORDER.index), reason, None, steps)
    return replace(worst, steps=steps)


def _parts(
    a: Part, b: Part, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    try:
        return _compared(a, b, how, values, limit)
    except STOPS as stop:
        return Relation(UNDECIDED, str(stop)[:200])


def _compared(
    a: Part, b: Part, how: Alignment, values: dict[Any, Any], limit: tuple[str, Fraction] | None
) -> Relation:
    left, right = _read(a.varied, a, values, {}), _read(b.varied, b, values, how.nets)
    left, right = _labels_alike(left, right)
    clocks = matched(left.varied, right.varied) if left.pairs and right.pairs else {}
    if clocks is None:
        return Relation(DIFFERENT, "the learners are varied at different places")
    right = _mapped(right, {**clocks, **_left_over(left, right, clocks)})
    steps = (Step(f"The residual of {a.piece.title} in A is", left.residual),
             Step(f"and that of {b.piece.title} in B, in A's names,", right.residual))  # fmt: skip
    mine, theirs = left.at({}), right.at({})
    return _gradients(a, b, mine, theirs, (left, right), steps, limit, _given(a, b, how))


def _labels_alike(left: Varied, right: Varied) -> tuple[Varied, Varied]:
    """Where one spec is conditioned on a label and the other on none, it is left out."""
    ours, theirs = _labels(left), _labels(right)
    if not ours and len(theirs) == 1:
        return left, _unlabelled(right)
    if not theirs and len(ours) == 1:
        return _unlabelled(left), right
    return left, right


def _labels(varied: Varied) -> set[str]:
    parts = [form for pair in varied.pairs for form in pair] + [varied.rest]
    return {label for form in parts for jet in jets(form) for label in jet.labels}


def _unlabelled(varied: Varied) -> Varied:
    parts = [form for pair in varied.pairs for form in pair] + [varied.rest]
    labelled = {jet.fn for form in parts for jet in jets(form) if jet.labels}
    return _mapped(varied, {al.Net(fn): _plain(fn) for fn in labelled})


def _plain(fn: al.Fn) -> Any:
    def value(*args: Any) -> Any:
        return al.Net(fn)(*(a for a in args if not isinstance(a, str)))

    return value


def _left_over(left: Varied, right: Varied, clocks: dict[Any, Any]) -> dict[Any, Any]:
    """Draws that the learner does not see are dummies: paired in order of appearance."""
    bound = {al.symbol(c) for c in clocks}
    theirs = [s for s in _clocks(right) if s not in bound]
    taken = {s for c in clocks.values() for s in c.deps}
    mine = [s for s in _clocks(left) if s not in taken]
    if set(theirs) & set(mine) or len(theirs) != len(mine):
        return {}
    return {generator(b): generator(a) for a, b in zip(mine, theirs, strict=True)}


def _clocks(varied: Varied) -> list[al.Symbol]:
    found = [s for s in varied.at({}).deps if isinstance(s, al.Symbol) and s.kind == "time"]
    return sorted(found, key=lambda s: s.uid)


def _gradients(
    a: Part, b: Part, mine: Scalar, theirs: Scalar, pair: tuple[Varied, Varied],
    steps: tuple[Step, ...], limit: tuple[str, Fraction] | None, assumed: dict[Any, Any],
) -> Relation:  # fmt: skip
    if limit is not None:
        return _in_limit(mine, theirs, steps, limit)
    factor = al.ratio(mine, theirs)
    weights = weight_words(a), weight_words(b)
    if factor is not None:
        return _pointwise(factor, pair, steps, weights)
    try:
        means = expected(mine), expected(theirs)
    except al.Undecided:
        means = None
    if means is not None and assumed and means[0].value != means[1].value:
        given = [put_truth(m.value, assumed) for m in means]
        told = "; ".join(t.words for t in assumed.values())
        factor = al.ratio(given[0], given[1])
        if factor is not None and not (means[0].moments or means[1].moments):
            reason = f"if {told}: the gradients agree in expectation given z, with the factor {al.text(factor)}"
            return Relation(AVERAGE, reason + _weighed(weights), factor, steps)
    if means is not None and not (means[0].moments or means[1].moments):
        factor = al.ratio(means[0].value, means[1].value)
        if factor is not None:
            reason = (
                f"the gradients agree in expectation given z, with the factor {al.text(factor)}"
            )
            return Relation(AVERAGE, reason + _weighed(weights), factor, steps)
    gap: Form = (
        pair[0].residual - pair[1].residual if pair[0].pairs and pair[1].pairs else mine - theirs
    )
    world = counterexample(gap)
    kind = DIFFERENT if world else UNDECIDED
    return Relation(kind, f"the gradients differ: {al.text(gap)[:160]}", None, steps, gap, world)


def _pointwise(
    factor: Scalar, pair: tuple[Varied, Varied], steps: tuple[Step, ...], weights: tuple[str, str]
) -> Relation:
    same = pair[0].residual in (pair[1].residual, -pair[1].residual) and pair[0].pairs
    step = Step("The ratio of the gradients is", factor)
    if factor == 1 and same and weights[0] == weights[1]:
        return Relation(
            EQUAL,
            "the losses are equal at θ⁻ = θ, and so are their gradients",
            factor,
            (*steps, step),
        )
    reason = f"the gradients agree for every draw, with the factor {al.text(factor)}"
    return Relation(GRADIENT, reason + _weighed(weights), factor, (*steps, step))


def _weighed(weights: tuple[str, str]) -> str:
    if weights[0] == weights[1]:
        return ""
    return f"; the weights differ: {weights[0] or '1'} in A, {weights[1] or '1'} in B"


def _in_limit(
    mine: Scalar, theirs: Scalar, steps: tuple[Step, ...], limit: tuple[str, Fraction]
) -> Relation:
    name, to = limit
    symbol, at = al.symbol(al.setting(name)), al.scalar(to)
    order, lead = al.first_order(mine, symbol, at)
    factor = al.ratio(lead, theirs)
    step = Step(f"As {name} -> {to}, A's gradient is, at its first order ({order}),", lead)
    if factor is None:
        gap = lead - theirs
        return Relation(
            DIFFERENT,
            f"the limit differs: {al.text(gap)[:160]}",
            None,
            (*steps, step),
            gap,
            counterexample(gap),
        )
    power = f" times {name}^{order}" if order else ""
    reason = f"as {name} -> {to} the gradient becomes B's{power}, with the factor {al.text(factor)}"
    return Relation(LIMIT, reason, factor, (*steps, step))


def _read(varied: Varied, part: Part, values: dict[Any, Any], nets: dict[Any, Any]) -> Varied:
    """A term in canonical names: its state is z, settings have the values asked for."""
    put: dict[Any, Any] = {}
    if varied.frame.z.terms:
        put[varied.frame.z] = al.state("z")
    used = {k: v for k, v in values.items() if al.symbol(k) in varied.at({}).deps}
    for weight in part.piece.weights:
        if is_constant(weight):
            varied = replace(varied, scale=varied.scale * varied.frame.read.scalar(weight))
    variations = {n.delta: _varied(f, n) for n, f in nets.items() if hasattr(n, "delta")}
    return _mapped(_mapped(varied, {**put, **used}), {**nets, **variations})


def _varied(formula: Any, net: Any) -> Any:
    """The variation of a net that is read as a formula of another: the formula's own."""

    def value(*args: Any) -> Any:
        from fmdsl.algebra.derivative import Tangent, derive
        from fmdsl.algebra.gradient import variation

        form = formula(*args)
        moving = {f: variation(f) for f in al.nets_in(form) if f.moves}
        return derive(form, Tangent(nets=moving))

    return value


def _mapped(varied: Varied, put: dict[Any, Any]) -> Varied:
    if not put:
        return varied
    pairs = tuple((al.put(x, put), al.put(y, put)) for x, y in varied.pairs)
    return replace(
        varied, pairs=pairs, rest=al.put(varied.rest, put), scale=al.put(varied.scale, put)
    )
