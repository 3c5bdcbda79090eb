"""Terms: typed expressions after names have meaning. The compiler's working form.

A term is immutable. Its `key` is the same integer for every term of the same structure,
wherever it was written, so equality is one comparison. Let names and function calls stay
visible as `let` terms, which carry a name and a place and mean what they wrap.

Leaf operators
    const     attr `value: Fraction`
    setting   attrs `name`, `value`: a let that is a number
    progress  the share of training done, 0 to 1
    draw      attr `name`: a drawn quantity, an independent variable
    param     attr `name`: an argument of a sampler
    null      the empty label
    pi        the number
    fresh     new noise, in a sampler; attr `name` where it is a second one

Wrappers
    let       attr `name`: the value of a let, or of a call of a function let
    path      args body, data, noise, clock: the body is the state on the path

Functions of states and clocks
    jet       attrs `fn` (a net's output, or flow / velocity / score), `order`, `copy`.
              args are the place, then `order` directions, each as long as the place.
              Order 0 is the call itself, order k its k-th derivative along the directions.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from fmdsl.syntax.source import Span
from fmdsl.terms.types import UNKNOWN, Type

_KEYS: dict[tuple[Hashable, ...], int] = {}

#: Operators that only wrap: transparent to equality and to meaning.
WRAPPERS = frozenset({"let", "path"})
_RANDOM = frozenset({"draw", "param", "jet", "null", "fresh"})


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """An operator applied to terms; `attrs` are its constant arguments, sorted by name."""

    op: str
    args: tuple[Term, ...] = ()
    attrs: tuple[tuple[str, Any], ...] = ()
    type: Type = UNKNOWN
    span: Span | None = None
    key: int = field(init=False, repr=False)
    free: frozenset[str] = field(init=False, repr=False)
    batched: bool = field(init=False, repr=False)
    depth: int = field(init=False, repr=False)

    def __post_init__(self) -> None:
        put = object.__setattr__
        put(self, "key", self._key())
        below = frozenset[str]().union(*(a.free for a in self.args))
        own = {self["name"]} if self.op in ("draw", "param") else set[str]()
        put(self, "free", below | own)
        put(self, "depth", 1 + max((a.depth for a in self.args), default=0))
        put(self, "batched", self.op in _RANDOM or any(a.batched for a in self.args))

    def _key(self) -> int:
        if self.op in WRAPPERS:
            return self.args[0].key
        structure = (self.op, self.attrs, tuple(a.key for a in self.args))
        return _KEYS.setdefault(structure, len(_KEYS))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self.key == other.key

    def __hash__(self) -> int:
        return self.key

    def __getitem__(self, name: str) -> Any:
        """The attribute `name`; KeyError where the operator has none."""
        for key, value in self.attrs:
            if key == name:
                return value
        raise KeyError(name)

    @property
    def bare(self) -> Term:
        """What a wrapper wraps, at any depth."""
        term = self
        while term.op in WRAPPERS:
            term = term.args[0]
        return term

    @property
    def place(self) -> tuple[Term, ...]:
        """A jet's arguments proper."""
        return self.args[: len(self.args) // (self["order"] + 1)]

    @property
    def directions(self) -> tuple[tuple[Term, ...], ...]:
        """A jet's directions, each aligned with its place."""
        n = len(self.place)
        return tuple(self.args[i : i + n] for i in range(n, len(self.args), n))

    def rebuilt(self, args: tuple[Term, ...]) -> Term:
        """The same operator over other arguments."""
        return Term(self.op, args, self.attrs, self.type, self.span)

    def at(self, span: Span | None) -> Term:
        """The same term, written elsewhere."""
        return Term(self.op, self.args, self.attrs, self.type, span)

    def typed(self, kind: Type) -> Term:
        return Term(self.op, self.args, self.attrs, kind, self.span)


def make(
    op: str, *args: Term, type: Type = UNKNOWN, span: Span | None = None, **attrs: Any
) -> Term:
    """A term from its parts."""
    return Term(op, args, tuple(sorted(attrs.items())), type, span)


def walk(*roots: Term) -> Iterator[Term]:
    """Every distinct term object below the roots, parents first."""
    seen: set[int] = set()
    stack = list(reversed(roots))
    while stack:
        term = stack.pop()
        if id(term) not in seen:
            seen.add(id(term))
            yield term
            stack.extend(reversed(term.args))


def rewrite(root: Term, rule: Callable[[Term], Term | None]) -> Term:
    """Bottom-up: `rule` sees each term with rewritten arguments; None keeps it."""
    done: dict[int, Term] = {}

    def visit(term: Term) -> Term:
        if id(term) not in done:
            args = tuple(visit(a) for a in term.args)
            same = all(a is b for a, b in zip(args, term.args, strict=True))
            fresh = term if same else term.rebuilt(args)
            done[id(term)] = rule(fresh) or fresh
        return done[id(term)]

    return visit(root)


def number(term: Term) -> Fraction | None:
    """The value of a constant term."""
    bare = term.bare
    return bare["value"] if bare.op == "const" else None
