"""How two methods differ, part by part, after elaboration and up to renaming.

The parts are those by which the field tells methods apart: path, parameterization, draws,
identity, what is regressed on what, stopped gradients, critics, weighting, sampler.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fmdsl.ops import LAWS
from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated, LawTerm, Objective, Output
from fmdsl.semantics.rename import Names, correspondence, renamed_law, slot_order
from fmdsl.semantics.wording import Wording, clock_lets
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.show import show
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make, rewrite, walk

Lines = tuple[str, ...]
#: More times of a sampler than this are told by their ends.
_MOST_TIMES = 6


@dataclass(frozen=True, slots=True)
class Part:
    """One part of two methods; `verdict` is equal, equal up to renaming, or different."""

    name: str
    left: Lines
    right: Lines
    verdict: str


def diff(a: Elaborated, b: Elaborated) -> tuple[Part, ...]:
    """The parts of two specs side by side; the right side speaks in the names of the left."""
    names = correspondence(a, b)
    return tuple(_part(name, lines, a, b, names) for name, lines in PARTS.items())


def _part(
    name: str,
    lines: Callable[[Elaborated, Names], Lines],
    a: Elaborated,
    b: Elaborated,
    names: Names,
) -> Part:
    left, right = lines(a, {}), lines(b, names)
    if left == right:
        verdict = "equal" if lines(b, {}) == left else "equal up to renaming"
    else:
        verdict = "different"
    return Part(name, left, right, verdict)


def _path(spec: Elaborated, names: Names) -> Lines:
    return tuple(
        f"{r.state}@{names.get(r.clock, r.clock)} = {show(_in_names(r.body, names))}"
        for r in spec.routes
    )


def _in_names(e: Expr, names: Names) -> Expr:
    if isinstance(e, Name):
        return Name(names.get(e.id, e.id))
    return Call(e.op, tuple(_in_names(a, names) for a in e.args)) if isinstance(e, Call) else e


def _net(output: Output, names: Names) -> str:
    slots = [output.inputs[i] for i in slot_order(output)]
    inner = signature(output).partition("(")[2].rstrip(")").split(", ")
    ordered = [inner[output.inputs.index(s)] for s in slots]
    told = ", ".join(_renamed_slot(s, names) for s in ordered)
    return f"{names.get(output.name, output.name)}: {output.role}({told}) -> {output.kind}"


def _renamed_slot(slot: str, names: Names) -> str:
    kind, at, clock = slot.partition("@")
    return f"{kind}@{names.get(clock, clock)}" if at else names.get(slot, slot)


def _parameterization(spec: Elaborated, names: Names) -> Lines:
    return tuple(_net(o, names) for o in spec.outputs.values() if o.role != "critic")


def _critics(spec: Elaborated, names: Names) -> Lines:
    nets = [_net(o, names) for o in spec.outputs.values() if o.role == "critic"]
    groups = [
        f"{', '.join(names.get(n, n) for n in o.nets)} moves every {o.every}"
        for o in spec.objectives
        if len(spec.objectives) > 1 or o.every > 1
    ]
    return (*nets, *groups)


def _draws(spec: Elaborated, names: Names) -> Lines:
    say = Wording(spec, names)
    laws = [
        f"{', '.join(names.get(n, n) for n in d.names)}: {_law(renamed_law(d.law, names, spec))}"
        for d in spec.draws
    ]
    clocks = {names.get(n, n): say.lines(t.args[0]) for n, t in clock_lets(spec).items()}
    told = [(f"{n} = {first}", *more) for n, (first, *more) in sorted(clocks.items())]
    return (*sorted(laws), *(line for lines in told for line in lines))


def _law(law: LawTerm) -> str:
    params = [_law(p) if isinstance(p, LawTerm) else show_term(p) for p in law.params]
    usual = dict(LAWS[law.name].keywords) if law.name in LAWS else {}
    params += [*law.fields, *(f"{k}={v:g}" for k, v in law.keywords if usual.get(k) != v)]
    return f"{law.name}({', '.join(params)})" if params else law.name


def _identity(spec: Elaborated, names: Names) -> Lines:
    say = Wording(spec, names)
    return tuple(f"{say(e.left)} = {say(e.right)}" for e in spec.equations)


def _regressions(spec: Elaborated, names: Names) -> Lines:
    """What is regressed on what, each once, by whatever groups."""
    say, found = Wording(spec, names), dict[str, None]()
    for objective in spec.objectives:
        for term in _errors(objective.loss):
            (first, *more), *target = (say.lines(_unstopped(a)) for a in term.args)
            on = [f"{first}   on   {target[0][0]}", *target[0][1:]] if target else [first]
            found |= dict.fromkeys([f"{term.op}: {on[0]}", *more, *on[1:]])
        for term in walk(objective.loss):
            if term.op == "dot":
                y, g = (say(_unstopped(a)) for a in term.args)
                found[f"prescribed: the gradient {g}   of   {y}"] = None
    return tuple(found)


def _errors(loss: Term) -> list[Term]:
    """The regressions of a loss in the order they are read; those in weights are the same."""
    return list(dict.fromkeys(t for t in walk(loss) if t.op in REGRESSIONS))


def _unstopped(term: Term) -> Term:
    return rewrite(term, lambda t: t.args[0] if t.op == "sg" else None)


def _derivatives(spec: Elaborated, names: Names) -> Lines:
    """By which clock each derivative is, along what, and whether gradient passes through it."""
    say, found = Wording(spec, names), dict[str, None]()
    for objective in spec.objectives:
        for term, stopped in _slopes(objective.loss, False):
            kept = "its gradient is stopped" if stopped else "gradient passes through it"
            found[f"{say(term)}: {kept}"] = None
    return tuple(found)


def _slopes(term: Term, stopped: bool) -> Iterator[tuple[Term, bool]]:
    if term.op in REGRESSIONS and stopped:
        return
    if term.op == "jet" and term["order"] > 0:
        yield term, stopped
    for a in term.args:
        yield from _slopes(a, stopped or term.op == "sg")


def _stops(spec: Elaborated, names: Names) -> Lines:
    """What is stopped, and which calls are by averaged weights."""
    say, found = Wording(spec, names), dict[str, None]()
    for objective in spec.objectives:
        targets = {t.args[1] for t in _errors(objective.loss) if len(t.args) > 1}
        for term in walk(objective.loss):
            if term.op == "sg" and any(t.op == "jet" for t in walk(term)):
                found[_stopped(term, term in targets, say)] = None
            if term.op == "jet" and term["copy"].startswith("ema"):
                fn = names.get(term["fn"], term["fn"])
                found[f"by averaged weights, decay {term['copy'][4:-1]}: {fn}"] = None
    return tuple(found)


def _stopped(term: Term, is_target: bool, say: Wording) -> str:
    if is_target:
        return "the whole target"
    if any(t.op in REGRESSIONS for t in walk(term)):
        return "the error in its own weight"
    return say.lines(term.args[0])[0]


def _weighting(spec: Elaborated, names: Names) -> Lines:
    say = Wording(spec, names)

    def line(loss: Term) -> str:
        errors = _errors(loss)
        numbers = {t: f" {i}" if len(errors) > 1 else "" for i, t in enumerate(errors, 1)}

        def hidden(t: Term) -> Term | None:
            if t in numbers:
                return make("setting", type=t.type, name=f"⟨error{numbers[t]}⟩", value=0)
            if t.op == "dot":
                return make("setting", type=t.type, name="⟨prescribed⟩", value=0)
            return None

        return say(rewrite(loss, hidden))

    def of(o: Objective) -> str:
        nets = ", ".join(names.get(n, n) for n in o.nets)
        return f"{o.stage}: {nets}" if o.stage else nets

    return tuple(f"{of(o)}: {line(o.loss)}" for o in spec.objectives)


def _sampler(spec: Elaborated, names: Names) -> Lines:
    rule = spec.sampler
    if rule is None:
        return ()
    say = Wording(spec, {**names, **dict(zip(rule.params, ("z", "t", "r"), strict=False))})
    first, *more = say.lines(rule.body)
    shown = [show_term(t) for t in rule.times]
    if len(shown) > _MOST_TIMES:
        shown = [*shown[:2], "…", shown[-1]]
    return (f"{rule.kind}: {first}", *more, f"times: {', '.join(shown)}")


PARTS: dict[str, Callable[[Elaborated, Names], Lines]] = {
    "path": _path,
    "parameterization": _parameterization,
    "draws": _draws,
    "identity": _identity,
    "regression": _regressions,
    "derivatives": _derivatives,
    "stopped gradients": _stops,
    "critics": _critics,
    "weighting": _weighting,
    "sampler": _sampler,
}
