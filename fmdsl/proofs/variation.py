"""The gradient of one term of a loss: residual, variation, and what both are at the truth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.derivative import Tangent, derive
from fmdsl.algebra.gradient import variation
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.frame import XI, Branch, Frame, frame
from fmdsl.proofs.pieces import Piece
from fmdsl.proofs.rules import DIMENSION
from fmdsl.proofs.truth import put_truth
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient
from fmdsl.terms.term import walk

NO_BRANCH = Branch()


@dataclass(frozen=True)
class Varied:
    """A piece in its frame. `gradient` is the sum of `scale * dot(left, right)`.

    For a regression there is one pair, the residual and its variation; both tied to θ⁻ = θ.
    """

    piece: Piece
    frame: Frame
    pairs: tuple[tuple[Vector, Vector], ...]
    scale: Scalar
    rest: Scalar

    @property
    def residual(self) -> Vector:
        return self.pairs[0][0] if self.pairs else al.NULL

    @property
    def varied(self) -> Vector:
        return self.pairs[0][1] if self.pairs else al.NULL

    def at(self, truth: dict[Any, Any]) -> Scalar:
        """The gradient's scalar with the truth put in, in terms of z and ξ."""
        total = put_truth(self.rest, truth)
        for left, right in self.pairs:
            total = total + al.dot(put_truth(left, truth), put_truth(right, truth))
        return total * self.scale


def vary(spec: Elaborated, piece: Piece, gradient: Gradient, branch: Branch = NO_BRANCH) -> Varied:
    """The gradient of a piece. Raises Untranslated where the algebra has no form for it."""
    where = frame(spec, piece, gradient, branch)
    moving = _moving(spec, piece, gradient)
    core = piece.core
    if piece.is_regression:
        read = where.read
        gap = read(core.args[0])
        if len(core.args) == 2:
            gap = gap - read(core.args[1])  # type: ignore[operator]
        if isinstance(gap, Vector):
            pairs = (_tied(where, gap, derive(gap, moving)),)
            scale = al.scalar(2) / (DIMENSION if core.op == "mse" else 1)
            return Varied(piece, where, pairs, piece.sign * scale, al.ZERO)
    if core.op == "dot":
        a, b = (where.read.vector(x) for x in core.args)
        pairs = (_tied(where, b, derive(a, moving)), _tied(where, a, derive(b, moving)))
        pairs = tuple(p for p in pairs if not p[1].is_zero)
        return Varied(piece, where, pairs, al.scalar(piece.sign), al.ZERO)
    rest = derive(where.read.scalar(core), moving)
    return Varied(piece, where, (), al.scalar(piece.sign), al.tie(where.given(rest), "ema"))


def _tied(where: Frame, left: Vector, right: Vector) -> tuple[Vector, Vector]:
    """Seen from z, with all copies of the weights the same."""
    return al.tie(where.given(left), "ema"), al.tie(where.given(right), "ema")


def _moving(spec: Elaborated, piece: Piece, gradient: Gradient) -> Tangent:
    fns = [net_of(o).fn for o in spec.outputs.values() if o.weights in gradient.trained]
    for t in walk(piece.core):
        if t.op == "features":
            output = spec.outputs[t.args[0].bare["fn"]]
            if output.weights in gradient.trained:
                fns.append(al.net(f"{output.weights}.{t['layer']}", output.role).fn)
    return Tangent(nets={f: variation(f) for f in fns})


def expected(form: Any) -> al.Expected[Any]:
    """`E[form given z]`. Raises Undecided where ξ stands in a place or a denominator."""
    return al.expectation(form, XI)
