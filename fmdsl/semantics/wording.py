"""Terms as a paper prints them: lets opened, signs put one way, derivatives by their clock."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.rename import Names, renamed
from fmdsl.terms.build import is_zero, negate, poly, subtract
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make, number, rewrite, walk

#: A formula longer than this keeps the names of its lets, which are told below it.
LONG = 110
Rule = Callable[[Term], Term | None]


def clock_lets(spec: Elaborated) -> dict[str, Term]:
    """Lets at which nets or paths are evaluated as times: they keep their names."""
    found = dict[str, Term]()
    for t in walk(*(o.loss for o in spec.objectives)):
        times: list[Term] = []
        if t.op == "jet" and t["fn"] in spec.outputs:
            slots = spec.outputs[t["fn"]].inputs
            times = [a for a, s in zip(t.place, slots, strict=True) if s.clock]
        elif t.op == "path":
            times = [t.args[3]]
        found |= {a["name"]: a for a in times if is_named(a)}
    return found


def is_named(t: Term) -> bool:
    """Whether a term is a let of the spec, and no call or derivative."""
    return t.op == "let" and "(" not in t["name"]


class Wording:
    """Formulas of one spec in the names of another."""

    def __init__(self, spec: Elaborated, names: Names) -> None:
        self.spec, self.names = spec, names
        self.clocks = clock_lets(spec)

    def __call__(self, term: Term) -> str:
        """On one line, every let opened but states and clocks."""
        return show_term(self.plain(term))

    def plain(self, term: Term) -> Term:
        """The term as it is shown."""
        return worded(self.renamed(rewrite(term, self._opened)))

    def renamed(self, term: Term) -> Term:
        return renamed(term, self.names, self.spec)

    def lines(self, term: Term) -> tuple[str, ...]:
        """On one line where it is short; else with its lets named, and told below."""
        whole = self(term)
        if len(whole) <= LONG:
            return (whole,)
        found = [show_term(worded(self.renamed(_once(term, self._kept))))]
        waiting, told = self._parts(term), dict[str, str]()
        while waiting:
            part = waiting.pop(0)
            if part["name"] not in told:
                inner = part.args[0]
                shown = show_term(worded(self.renamed(_once(inner, self._kept))))
                told[part["name"]] = f"    where {part['name']} = {shown}"
                waiting += self._parts(inner)
        return (*found, *told.values())

    def _parts(self, term: Term) -> list[Term]:
        """The named lets that a formula still shows, in order."""
        kept = _once(term, self._kept)
        return [t for t in walk(kept) if is_named(t) and self._kept(t) and not self._state(t)]

    def _kept(self, t: Term) -> bool:
        """Lets of several parts keep their names in long formulas."""
        return is_named(t) and (self._state(t) or t.args[0].bare.op not in ("const", "setting"))

    def _state(self, t: Term) -> bool:
        return t.args[0].op == "path" or t["name"] in self.clocks

    def _opened(self, t: Term) -> Term | None:
        if t.op != "let" or (is_named(t) and self._state(t)):
            return None
        return t.args[0]


def _once(term: Term, keep: Callable[[Term], bool]) -> Term:
    """Lets opened from the top down to the first that keep their names."""
    top = term.args[0] if term.op == "let" else term
    return _descend(top, keep)


def _descend(t: Term, keep: Callable[[Term], bool]) -> Term:
    if keep(t):
        return t
    if t.op == "let":
        return _descend(t.args[0], keep)
    return t.rebuilt(tuple(_descend(a, keep) for a in t.args)) if t.args else t


def worded(term: Term) -> Term:
    """Signs one way round, derivatives by name, paths without their formula."""
    return rewrite(rewrite(term, _signed), _said)


def _signed(t: Term) -> Term | None:
    """`t - r` and never `r - t`: the later letter first; the sign moves outwards."""
    match t.op:
        case "-" if _clocks(*t.args) and show_term(t.args[0]) < show_term(t.args[1]):
            return negate(subtract(t.args[1], t.args[0]))
        case "*" if t.args[0].op == "neg":
            return negate(t.rebuilt((t.args[0].args[0], t.args[1])))
        case "+" if t.args[0].op == "neg" and t.args[1].op != "neg":
            return make("-", t.args[1], t.args[0].args[0], type=t.type)
        case "+" if t.args[1].op == "neg":
            return make("-", t.args[0], t.args[1].args[0], type=t.type)
        case "-" if t.args[1].op == "neg":
            return make("+", t.args[0], t.args[1].args[0], type=t.type)
        case "neg" if t.args[0].op == "-":
            return make("-", *reversed(t.args[0].args), type=t.type)
        case "neg" if t.args[0].op == "neg":
            return t.args[0].args[0]
        case "/" if t.args[0].op == "neg" and t.args[1].op != "neg":
            return negate(t.rebuilt((t.args[0].args[0], t.args[1])))
        case "/" if t.args[1].op == "neg":
            above = _signed(make("neg", t.args[0], type=t.type)) or negate(t.args[0])
            return make("/", above, t.args[1].args[0], type=t.type)
        case _:
            return None


def _clocks(a: Term, b: Term) -> bool:
    return all(x.op in ("draw", "param", "let") and x.type.is_scalar for x in (a, b))


def _said(t: Term) -> Term | None:
    if t.op == "path":
        return make("path", *t.args[1:], type=t.type)
    if t.op == "jet" and t["order"] == 1:
        return make("setting", type=t.type, name=_slope(t), value=0)
    return None


def _slope(t: Term) -> str:
    """`D_t u(z, t, r)[dz = e - x]`, `∂_r u(z, t, r)`."""
    base = make("jet", *t.place, type=t.type, fn=t["fn"], order=0, copy=t["copy"])
    (direction,) = t.directions
    moved = [(a, d) for a, d in zip(t.place, direction, strict=True) if not is_zero(d)]
    states = [(a, d) for a, d in moved if a.type.is_vector]
    by = [_variable(a, d) for a, d in moved if not a.type.is_vector]
    sign = "D" if states else "∂"
    along = ", ".join(f"d({show_term(a)}) = {show_term(d)}" if a.op in "+-*/" else
                      f"d{show_term(a)} = {show_term(d)}" for a, d in states)  # fmt: skip
    names = ",".join(dict.fromkeys(by))
    told = f"{sign}{'_' + names if names else ''} {show_term(base)}"
    return f"{told}[{along}]" if along else told


def _variable(argument: Term, speed: Term) -> str:
    """The clock by which an argument moves: t, where t - r moves with it."""
    if number(speed) == 1 and argument.op == "-":
        return show_term(argument.args[0])
    value = poly(speed)
    unit = value is not None and value.value == 1
    return show_term(argument) if unit else f"{show_term(argument)}·{show_term(speed)}"
