"""Arithmetic on terms: smart constructors that fold constants and infer types.

`add`, `subtract`, `multiply`, `divide`, `negate`, `power` never fail: operands that do not
go together give an `unknown` or a plain `vector` type, and the checks say why.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from fmdsl.syntax.source import Span
from fmdsl.terms.level import ONE, ZERO, Poly
from fmdsl.terms.term import Term, make, number
from fmdsl.terms.types import SCALAR, VECTOR, Type, affine


def constant(value: Fraction | int | str, span: Span | None = None) -> Term:
    """A number."""
    return make("const", type=SCALAR, span=span, value=Fraction(value))


#: Largest literal power that is multiplied out in a normal form.
_MAX_POWER = 16
#: Longest normal form kept open.
_MAX_TERMS = 24


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """A scalar that normal forms do not look into; equal by structure, told by its name."""

    term: Term

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and self.term == other.term

    def __hash__(self) -> int:
        return hash(self.term)

    def __str__(self) -> str:
        from fmdsl.terms.show import show_term

        return show_term(self.term)


def poly(term: Term) -> Poly | None:
    """The normal form of a scalar term; None for a vector.

    Functions, and polynomials too large to be anybody's clock, are opaque atoms.
    """
    if not term.type.is_scalar:
        return None
    if term.key not in _POLYS:
        found = _polynomial(term.bare)
        _POLYS[term.key] = found if len(found.terms) <= _MAX_TERMS else _atom(term)
    found = _POLYS[term.key]
    # an opaque let is told by its name, which another spec with the same structure may not share
    return _atom(term) if term.op == "let" and found == _atom(term) else found


def _atom(term: Term) -> Poly:
    return Poly.atom(Opaque(term))


_POLYS: dict[int, Poly] = {}


def _polynomial(bare: Term) -> Poly:
    match bare.op, [poly(a) for a in bare.args]:
        case "const", _:
            return Poly.constant(bare["value"])
        case (("draw" | "param" | "setting"), _):
            return Poly.atom(bare["name"])
        case "+", [Poly() as a, Poly() as b]:
            return a + b
        case "-", [Poly() as a, Poly() as b]:
            return a - b
        case "*", [Poly() as a, Poly() as b]:
            return a * b
        case "/", [Poly() as a, Poly() as b] if b.terms:
            return a * b.inverse()
        case "neg", [Poly() as a]:
            return -a
        case "^", [Poly() as a, Poly() as b] if b.value is not None and len(a.terms) <= 2:
            return _integer_power(a, b.value) or _atom(bare)
        case _:
            return _atom(bare)


def _integer_power(base: Poly, exponent: Fraction) -> Poly | None:
    if exponent.denominator != 1 or abs(exponent) > _MAX_POWER or (exponent < 0 and not base.terms):
        return None
    total = ONE
    for _ in range(abs(int(exponent))):
        total = total * base
    return total if exponent >= 0 else total.inverse()


def add(a: Term, b: Term, span: Span | None = None) -> Term:
    """`a + b`."""
    if number(a) == 0:
        return b
    if number(b) == 0:
        return a
    if a.op == "neg" and b.op != "neg":
        return subtract(b, a.args[0], span)
    return _folded("+", a, b, _sum_type(a.type, b.type, 1), span)


def subtract(a: Term, b: Term, span: Span | None = None) -> Term:
    """`a - b`; of two points, the logarithm at b."""
    if number(b) == 0:
        return a
    if number(a) == 0:
        return negate(b, span)
    return _folded("-", a, b, _sum_type(a.type, b.type, -1), span)


def multiply(a: Term, b: Term, span: Span | None = None) -> Term:
    """`a * b`, at most one of them a vector."""
    if number(a) == 1:
        return b
    if number(b) == 1:
        return a
    if number(a) == 0 or number(b) == 0:
        return constant(0, span)
    if number(a) == -1 or number(b) == -1:
        return negate(b if number(a) == -1 else a, span)
    if a.type.is_vector and b.type.is_scalar:
        return _folded("*", a, b, _scaled_type(b, a.type), span)
    if b.type.is_vector and a.type.is_scalar:
        return _folded("*", a, b, _scaled_type(a, b.type), span)
    return _folded("*", a, b, VECTOR if a.type.is_vector or b.type.is_vector else SCALAR, span)


def divide(a: Term, b: Term, span: Span | None = None) -> Term:
    """`a / b`."""
    if number(b) == 1 or (number(a) == 0 and not a.type.is_vector):
        return a
    below = poly(b)
    if a.type.is_vector and below is not None and below.terms:
        return _folded("/", a, b, _times(below.inverse(), a.type), span)
    return _folded("/", a, b, VECTOR if a.type.is_vector or b.type.is_vector else SCALAR, span)


def negate(a: Term, span: Span | None = None) -> Term:
    """`-a`."""
    value = number(a)
    if value is not None:
        return constant(-value, span)
    kind = _times(-ONE, a.type) if a.type.is_vector else SCALAR
    return make("neg", a, type=kind, span=span)


def power(a: Term, b: Term, span: Span | None = None) -> Term:
    """`a ^ b`, elementwise on a vector."""
    if number(b) == 1:
        return a
    return _folded("^", a, b, VECTOR if a.type.is_vector else SCALAR, span)


def is_zero(term: Term) -> bool:
    """Whether it is the literal zero: a derivative along nothing."""
    return number(term) == 0


def _sum_type(a: Type, b: Type, sign: int) -> Type:
    if a.kind == "unknown" or b.kind == "unknown" or not (a.is_vector or b.is_vector):
        return a if a.kind == b.kind and a.kind != "logit" else SCALAR
    if a.mass is None or a.moment is None or b.mass is None or b.moment is None:
        return VECTOR
    scale = Poly.constant(sign)
    total = affine(a.mass + scale * b.mass, a.moment + scale * b.moment)
    return total.named(total.kind, "conditional" if _is_conditional(a, b, total) else "")


def _is_conditional(a: Type, b: Type, total: Type) -> bool:
    """Noise minus data on a straight path: a velocity that is random given the state."""
    return total.mass == ZERO and total.moment == ONE and {a.kind, b.kind} == {"noise", "point"}


def _scaled_type(scalar: Term, vector: Type) -> Type:
    scale = poly(scalar)
    return VECTOR if scale is None else _times(scale, vector)


def _times(scale: Poly, vector: Type) -> Type:
    if vector.mass is None or vector.moment is None:
        return vector if vector.kind in ("covector", "feature") else VECTOR
    return affine(scale * vector.mass, scale * vector.moment)


def _folded(op: str, a: Term, b: Term, kind: Type, span: Span | None) -> Term:
    x, y = number(a), number(b)
    if x is not None and y is not None:
        value = _evaluate(op, x, y)
        if value is not None:
            return constant(value, span)
    return make(op, a, b, type=kind, span=span)


def _evaluate(op: str, x: Fraction, y: Fraction) -> Fraction | None:
    """Exact arithmetic where it stays exact and small."""
    if op == "/":
        return x / y if y else None
    if op == "^":
        small = y.denominator == 1 and abs(y) <= _MAX_POWER and (x or y >= 0)
        return x ** int(y) if small else None
    return {"+": x + y, "-": x - y, "*": x * y}[op]
