"""What a repair is: at a node of an expression, the edits that would undo one kind of slip."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.verdict import short
from fmdsl.syntax.expr import Call, Expr, Number
from fmdsl.syntax.show import show
from fmdsl.syntax.source import Span

_LONG = 48


@dataclass(frozen=True, slots=True)
class Edit:
    """`new` for `old`; `words` say what is wrong with `old`, and `place` where that is seen.

    Where the edit does no more than put a number before a node, `rescaled` is the two of them.
    """

    old: Expr
    new: Expr
    words: str
    place: Span | None = None
    rescaled: tuple[Expr, Expr] | None = None

    @property
    def span(self) -> Span | None:
        return self.place or self.old.span


#: The numbers that a wrong sign and a summand too much are undone by.
MINUS, NOTHING = Call("neg", (Number("1"),)), Number("0")


def instead(e: Expr, new: Expr) -> tuple[Expr, Expr]:
    """A number in the place of another is a quotient before it."""
    return e, Call("/", (new, e))


@dataclass(frozen=True, slots=True)
class Repair:
    """One kind of slip. `edits` is asked at every node of a site, parents first.

    With `only`, this obligation alone is mended so; an `early` one has few edits, which are tried
    everywhere before any other.
    """

    name: str
    edits: Callable[[Expr, Site], Iterator[Edit]]
    only: str = ""
    early: bool = False


def quoted(e: Expr) -> str:
    """An expression in a sentence; a long one by its beginning."""
    return f"`{short(show(e), _LONG)}`"


def first_factor(e: Expr) -> Expr | None:
    """The first factor of a product; None of anything else."""
    if not isinstance(e, Call) or e.op != "*":
        return None
    return first_factor(e.args[0]) or e.args[0]
