"""How two methods differ, part by part, after elaboration and up to renaming.

The parts are those by which the field tells methods apart: path, parameterization, draws,
identity, what is regressed on what, stopped gradients, critics, weighting, sampler.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fmdsl.ops import LAWS
from fmdsl.semantics import losses
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated, LawTerm, Output
from fmdsl.semantics.losses import Lines
from fmdsl.semantics.rename import Names, correspondence, renamed_law, slot_order
from fmdsl.semantics.solved import solved
from fmdsl.semantics.wording import Wording, clock_lets
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.show import show
from fmdsl.terms.show import show_term

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


def heading(a: Elaborated, b: Elaborated) -> str:
    """The two methods, and what the names of the second are in the first."""
    names = {old: new for old, new in correspondence(a, b).items() if old != new}
    seen = {n for o in b.outputs.values() for n in (o.name, *(s.clock for s in o.inputs))}
    told = [f"{old} is {new}" for old, new in names.items() if old in seen]
    head = [f"- {a.spec.name}", f"+ {b.spec.name}" + (f" (here {', '.join(told)})" if told else "")]
    turned = [o for o in (*a.outputs.values(), *b.outputs.values()) if _turned(o)]
    return "\n".join([*head, *(["(calls have the state's own time first)"] if turned else [])])


def _turned(output: Output) -> bool:
    return slot_order(output) != list(range(len(output.inputs)))


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
    sides = (solved(e.left, e.right, spec.outputs) for e in spec.equations)
    return tuple(f"{say(left)} = {say(right)}" for left, right in sides)


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
    "regression": losses.regressions,
    "derivatives": losses.derivatives,
    "stopped gradients": losses.stops,
    "critics": _critics,
    "weighting": losses.weighting,
    "sampler": _sampler,
}
