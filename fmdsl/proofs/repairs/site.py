"""Where a slip may be: one right-hand side of a spec, and the names that it may speak of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from fmdsl.proofs.repairs.sorts import NUMBER, Sorts
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Call, Compare, Expr, Name, names, walk
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Let
from fmdsl.terms.term import walk as terms

_VECTOR_LAWS = ("data", "noise")


@dataclass(frozen=True, eq=False)
class Site:
    """`let NAME: body` with its parameters, a loss, or the sampler's rule."""

    name: str
    body: Expr
    spec: Elaborated = field(repr=False)
    params: tuple[str, ...] = ()
    is_let: bool = False
    within: Span | None = None

    @property
    def head(self) -> str:
        """What stands before the right-hand side in the file; nothing for an identity."""
        called = f"{self.name}({', '.join(self.params)})" if self.params else self.name
        return "" if isinstance(self.body, Compare) else f"{called}: "

    def is_near(self, places: Iterable[Span]) -> bool:
        """Whether one of the places lies here, or speaks of this and of nothing else."""
        return any(p.text == self.name or holds(self.body.span, p) for p in places)

    @property
    def nodes(self) -> Iterator[Expr]:
        """The expressions that may hold the slip: those within the refused place, parents first."""
        return (n for n in walk(self.body) if self.within is None or holds(self.within, n.span))

    @cached_property
    def sorts(self) -> Sorts:
        return Sorts(self.spec)

    @cached_property
    def clocks(self) -> tuple[str, ...]:
        """Numbers that are drawn or made of drawn ones; those that stand here come first."""
        here = names(self.body)
        own = (p for p in self.params[1:] if not self._is_taken(p))
        known = (*own, *self._drawn_clocks, *_let_clocks(self.spec))
        return tuple(sorted(dict.fromkeys(known), key=lambda n: n not in here))

    @property
    def _drawn_clocks(self) -> list[str]:
        drawn = (n for d in self.spec.draws if d.law.name not in _VECTOR_LAWS for n in d.names)
        return [n for n in drawn if self.sorts.of(Name(n)) in (NUMBER, "")]

    def _is_taken(self, param: str) -> bool:
        """Whether a parameter has the name of something that is no number."""
        known = self.spec.lets.get(param)
        return param in self.spec.outputs or (known is not None and not known.type.is_scalar)

    @cached_property
    def settings(self) -> tuple[str, ...]:
        """Lets that are numbers."""
        return tuple(self.spec.settings)

    @cached_property
    def unused(self) -> tuple[Let, ...]:
        """Lets that nothing reads."""
        return tuple(
            t for t in self.spec.spec.lets if t.params is None and t.name in _idle(self.spec)
        )

    @cached_property
    def states(self) -> tuple[tuple[str, str], ...]:
        """Lets on a path whose level is a clock, with that clock."""
        made = [(t.name, t.body) for t in self.spec.spec.lets if t.params is None]
        paths = [(n, b.args[-1]) for n, b in made if isinstance(b, Call) and b.op == "path"]
        return tuple((name, clock.id) for name, clock in paths if isinstance(clock, Name))

    @cached_property
    def functions(self) -> dict[str, Let]:
        return {t.name: t for t in self.spec.spec.lets if t.params is not None}

    def is_constant(self, e: Expr) -> bool:
        """Whether a number put here is one wherever it is read, and is not differentiated."""
        inside = (n for n in walk(self.body) if isinstance(n, Call) and n.op in ("D", "jvp"))
        is_moved = self.name in self.sorts.differentiated or any(
            e is part for call in inside for part in walk(call) if part is not call
        )
        return not (self.params or isinstance(self.body, Compare) or is_moved)

    def is_number(self, e: Expr) -> bool:
        """Whether an expression is made of clocks and settings alone."""
        plain = all(not isinstance(n, Call) or n.op in "+-*/^neg" for n in walk(e))
        return plain and names(e) <= {*self.clocks, *self.settings}

    def is_call(self, e: Expr) -> bool:
        """A call of a net or of a function of the spec."""
        return isinstance(e, Call) and (e.op in self.spec.outputs or e.op in self.functions)

    def is_vector(self, e: Expr) -> bool:
        """A name, a call or a derivative that is worth a factor or a sign."""
        if isinstance(e, Name):
            known = self.spec.lets.get(e.id)
            return known is not None and not known.type.is_scalar
        return isinstance(e, Call) and (e.op in ("D", "jvp", "sg") or self.is_call(e))


def holds(whole: Span | None, part: Span | None) -> bool:
    """Whether one place lies in another."""
    if whole is None or part is None or whole.source.path != part.source.path:
        return False
    return whole.start <= part.start and part.end <= whole.end


def _let_clocks(spec: Elaborated) -> list[str]:
    """Lets made of numbers: a loss is a number too, and is made of vectors."""
    return [n for n, t in spec.lets.items() if all(u.type.is_scalar for u in terms(t))]


def _idle(spec: Elaborated) -> frozenset[str]:
    text = spec.spec
    read = [t.body for t in text.lets] + [g.loss for g in text.groups]
    read += [g.loss for s in text.stages for g in s.groups]
    return frozenset(spec.lets).difference(*(names(e) for e in read))
