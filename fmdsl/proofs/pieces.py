"""A loss as a sum of terms, each a core that is differentiated times weights that are not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fmdsl.proofs.translate import decided
from fmdsl.proofs.verdict import short
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import Gradient, moved
from fmdsl.terms.build import constant
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make

_ONE = constant(1)
_LONG = 40
#: Scalar functions of a core whose slope weighs the core's gradient.
_BENDS = frozenset({"log", "sqrt", "^", "atan", "tanh", "min", "max", "clip", "abs"})


@dataclass(frozen=True, slots=True)
class Piece:
    """One term of a loss: `sign * weights * core`.

    `bend` is the place where the core goes through a function that is not linear (a norm, a
    logarithm): its gradient is then weighed by that function's slope.
    """

    core: Term
    weights: tuple[Term, ...] = ()
    sign: int = 1
    bend: Term | None = None
    name: str = ""

    @property
    def title(self) -> str:
        """The let that the term is, or the term itself where it is short."""
        return short(self.name or show_term(self.core), _LONG)

    @property
    def is_regression(self) -> bool:
        return self.core.op in ("sse", "mse")


def learning(spec: Elaborated, group: Objective) -> Gradient:
    """The gradient of a group to its students and critics; learned weights are held."""
    names = {o.weights for o in spec.outputs.values() if o.role == "weight"}
    return Gradient(spec.outputs, moved(spec, group) - names)


def pieces(loss: Term, gradient: Gradient) -> tuple[Piece, ...]:
    """The terms of a loss that the gradient reaches, in reading order."""
    return tuple(_pieces(Piece(loss), gradient))


def _pieces(piece: Piece, gradient: Gradient) -> Iterator[Piece]:
    if piece.core.op == "let":
        piece = replace(piece, name=piece.core["name"])
    t = piece.core.bare
    if not gradient.reached(t):
        return
    match t.op:
        case "+" | "-":
            piece = replace(piece, name="")
            second = piece.sign if t.op == "+" else -piece.sign
            yield from _pieces(replace(piece, core=t.args[0]), gradient)
            yield from _pieces(replace(piece, core=t.args[1], sign=second), gradient)
        case "neg":
            yield from _pieces(replace(piece, core=t.args[0], sign=-piece.sign), gradient)
        case "*" | "/" if not t.type.is_vector:
            yield from _weighed(piece, t, gradient)
        case "where" if decided(t.args[0]) is not None:
            chosen = t.args[1] if decided(t.args[0]) else t.args[2]
            yield from _pieces(replace(piece, core=chosen), gradient)
        case "huber" | "norm":
            core = make("sse", *t.args, type=t.type, span=t.span)
            yield replace(piece, core=core, bend=t)
        case op if op in _BENDS and len(_live(t, gradient)) == 1:
            (inner,) = _live(t, gradient)
            yield from _pieces(replace(piece, core=inner, bend=piece.bend or t), gradient)
        case _:
            yield replace(piece, core=t)


def _live(t: Term, gradient: Gradient) -> list[Term]:
    return [a for a in t.args if gradient.reached(a)]


def _weighed(piece: Piece, t: Term, gradient: Gradient) -> Iterator[Piece]:
    """A product with one factor that is not differentiated."""
    a, b = t.args
    if t.op == "*" and not gradient.reached(a):
        yield from _pieces(replace(piece, core=b, weights=(*piece.weights, a)), gradient)
    elif not gradient.reached(b):
        weight = b if t.op == "*" else make("/", _ONE, b, type=b.type, span=b.span)
        yield from _pieces(replace(piece, core=a, weights=(*piece.weights, weight)), gradient)
    else:
        yield replace(piece, core=t)
