"""What the losses of a method say: regressions, derivatives, stopped gradients, weights."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.rename import Names
from fmdsl.semantics.wording import Wording
from fmdsl.terms.term import Term, make, rewrite, walk

Lines = tuple[str, ...]


def regressions(spec: Elaborated, names: Names) -> Lines:
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


def derivatives(spec: Elaborated, names: Names) -> Lines:
    """By which clock each derivative is, along what, and whether gradient passes through it."""
    say, found = Wording(spec, names), dict[str, None]()
    for objective in spec.objectives:
        for term, stopped, sides in _slopes(objective.loss, False):
            kept = "its gradient is stopped" if stopped else "gradient passes through it"
            where = [("" if held else "not ") + say(c) for c, held in sides]
            found["".join([f"{say(term)}: {kept}", *(f", where {w}" for w in where)])] = None
    return tuple(found)


#: Conditions of the branches around a term, and whether they hold there.
Sides = tuple[tuple[Term, bool], ...]


def _slopes(term: Term, stopped: bool, sides: Sides = ()) -> Iterator[tuple[Term, bool, Sides]]:
    if term.op in REGRESSIONS and stopped:
        return
    if term.op == "jet" and term["order"] > 0:
        yield term, stopped, sides
    for i, a in enumerate(term.args):
        side = ((term.args[0], i == 1),) if term.op == "where" and i else ()
        yield from _slopes(a, stopped or term.op == "sg", (*sides, *side))


def stops(spec: Elaborated, names: Names) -> Lines:
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


def weighting(spec: Elaborated, names: Names) -> Lines:
    """Each group's loss with its regressions left out."""
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
