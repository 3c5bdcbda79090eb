"""What an expression is, as far as its names tell: so that no idle edit is tried."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Call, Expr, Name, Number, walk
from fmdsl.terms.term import walk as terms
from fmdsl.terms.types import LABEL, Type

#: In the order in which a call has them.
SORTS = VECTOR, NUMBER, WORD = "vector", "number", "label"
_OF_THE_FIRST = ("sg", "D", "jvp")
_EXACT = ("path", "flow", "velocity", "score", "expect")


@dataclass(frozen=True)
class Sorts:
    """The names of a spec, by sort."""

    spec: Elaborated

    def of(self, e: Expr) -> str:
        """Vector, number or label; empty where that is not told by names alone."""
        match e:
            case Number():
                return NUMBER
            case Name(name):
                return self._named.get(name, "")
            case Call("+" | "-" | "*" | "/" | "neg", args):
                return _together(self.of(a) for a in args)
            case Call(op, (first, *_)) if op in _OF_THE_FIRST:
                return self.of(first)
            case Call(op) if op in self.spec.outputs:
                return VECTOR if self.spec.outputs[op].kind not in ("scalar", "logit") else NUMBER
            case Call(op):
                return VECTOR if op in _EXACT else ""
            case _:
                return ""

    def are_in_order(self, a: Expr, b: Expr) -> bool:
        """Whether two arguments are unlike and stand as calls have them: state, clock, label."""
        first, second = self.of(a), self.of(b)
        return bool(first and second) and SORTS.index(first) < SORTS.index(second)

    def moves(self, e: Expr) -> bool:
        """Whether a net that is trained is in it, so that a gradient may flow through it."""
        return bool(_mentioned(e) & self._moving)

    @cached_property
    def differentiated(self) -> frozenset[str]:
        """Names that a derivative is taken of, and the lets that those are made of."""
        bodies = [let.body for let in self.spec.spec.lets]
        taken = (n for b in bodies for n in walk(b) if isinstance(n, Call) and n.op in ("D", "jvp"))
        found = set[str]().union(*map(_mentioned, taken))
        made = {let.name: _mentioned(let.body) for let in self.spec.spec.lets}
        while more := set[str]().union(*(made[n] for n in found if n in made)) - found:
            found |= more
        return frozenset(found)

    @cached_property
    def _named(self) -> dict[str, str]:
        losses = (o.loss for o in self.spec.objectives)
        drawn = {t["name"]: _sort(t.type) for t in terms(*losses) if t.op == "draw"}
        made = {name: _sort(let.type) for name, let in self.spec.lets.items()}
        return drawn | made | dict.fromkeys(self.spec.settings, NUMBER)

    @cached_property
    def _moving(self) -> frozenset[str]:
        """Nets that are trained, and the lets that are made of them."""
        found = {o.name for o in self.spec.outputs.values() if o.is_trained}
        made = {let.name: _mentioned(let.body) for let in self.spec.spec.lets}
        while more := {name for name, of in made.items() if of & found} - found:
            found |= more
        return frozenset(found)


def _sort(kind: Type) -> str:
    if kind == LABEL:
        return WORD
    return VECTOR if kind.is_vector else NUMBER if kind.is_scalar else ""


def _together(sorts: Iterable[str]) -> str:
    """A sum or a product is a vector where one of them is."""
    found = {*sorts}
    return VECTOR if VECTOR in found else NUMBER if found == {NUMBER} else ""


def _mentioned(e: Expr) -> frozenset[str]:
    nodes = tuple(walk(e))
    named = {n.id for n in nodes if isinstance(n, Name)}
    return frozenset(named.union(n.op for n in nodes if isinstance(n, Call)))
