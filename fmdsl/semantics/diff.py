"""How two methods differ, part by part, after elaboration and up to renaming.

The parts are those by which the field tells methods apart: path, parameterization, draws,
identity, what is regressed on what, stopped gradients, critics, weighting, sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Drawn, Elaborated, LawTerm, Output
from fmdsl.semantics.rename import Names, correspondence, renamed, renamed_law, slot_order
from fmdsl.syntax.show import show
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make, rewrite, walk

Lines = tuple[str, ...]


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


def _plain(term: Term, spec: Elaborated, names: Names) -> Term:
    """Lets opened, except states on the path and clocks, which keep their names."""
    return renamed(rewrite(term, _opened), names, spec)


def _opened(t: Term) -> Term | None:
    if t.op != "let":
        return None
    named = t.args[0].op == "path" or (
        t.type.is_scalar and not any(a.type.is_vector for a in walk(t))
    )
    return None if named else t.args[0]


def _text(term: Term, spec: Elaborated, names: Names) -> str:
    return show_term(_plain(term, spec, names))


def _path(spec: Elaborated, names: Names) -> Lines:
    return tuple(f"{r.state}@{r.clock} = {show(r.body)}" for r in spec.routes)


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
    def line(drawn: Drawn) -> str:
        told = ", ".join(names.get(n, n) for n in drawn.names)
        return f"{told}: {_law(renamed_law(drawn.law, names, spec))}"

    return tuple(sorted(map(line, spec.draws)))


def _law(law: LawTerm) -> str:
    params = [_law(p) if isinstance(p, LawTerm) else show_term(p) for p in law.params]
    params += [*law.fields, *(f"{k}={v:g}" for k, v in law.keywords)]
    return f"{law.name}({', '.join(params)})" if params else law.name


def _identity(spec: Elaborated, names: Names) -> Lines:
    return tuple(
        f"{_text(e.left, spec, names)} = {_text(e.right, spec, names)}" for e in spec.equations
    )


def _regressions(spec: Elaborated, names: Names) -> Lines:
    found = dict[str, None]()
    for objective in spec.objectives:
        for term in walk(objective.loss):
            if term.op in REGRESSIONS:
                sides = [_text(_unstopped(a), spec, names) for a in term.args]
                found[f"{term.op}: {'   on   '.join(sides)}"] = None
    return tuple(found)


def _unstopped(term: Term) -> Term:
    return rewrite(term, lambda t: t.args[0] if t.op == "sg" else None)


def _stops(spec: Elaborated, names: Names) -> Lines:
    stopped = dict[str, None]()
    for objective in spec.objectives:
        for term in walk(_plain(objective.loss, spec, names)):
            if term.op == "sg" and any(t.op == "jet" for t in walk(term)):
                stopped[f"stopped: {show_term(term.args[0])}"] = None
            if term.op == "jet" and term["copy"].startswith("ema"):
                stopped[f"moving average {term['copy']} of {term['fn']}"] = None
    return tuple(stopped)


def _weighting(spec: Elaborated, names: Names) -> Lines:
    def hidden(t: Term) -> Term | None:
        return (
            make("setting", type=t.type, name="⟨error⟩", value=0) if t.op in REGRESSIONS else None
        )

    def line(objective_loss: Term) -> str:
        return show_term(rewrite(_plain(objective_loss, spec, names), hidden))

    return tuple(f"{names.get(o.nets[0], o.nets[0])}: {line(o.loss)}" for o in spec.objectives)


def _sampler(spec: Elaborated, names: Names) -> Lines:
    rule = spec.sampler
    if rule is None:
        return ()
    params = dict(zip(rule.params, ("z", "t", "r"), strict=False))
    body = _text(rule.body, spec, {**names, **params})
    return (f"{rule.kind}: {body}", f"times: {', '.join(show_term(t) for t in rule.times)}")


PARTS: dict[str, Callable[[Elaborated, Names], Lines]] = {
    "path": _path,
    "parameterization": _parameterization,
    "draws": _draws,
    "identity": _identity,
    "regression": _regressions,
    "stopped gradients": _stops,
    "critics": _critics,
    "weighting": _weighting,
    "sampler": _sampler,
}
