"""Forms as MathML, read from the forms themselves."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector, trig
from fmdsl.algebra.atoms import Atom, Basis, Dot, Fn, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.field import GENS, UNIT, Gen
from fmdsl.algebra.poly import Mono, Poly


def block(form: Scalar | Vector) -> str:
    """A displayed formula."""
    inner = vector(form) if isinstance(form, Vector) else scalar(form)
    return f'<math display="block" xmlns="http://www.w3.org/1998/Math/MathML">{inner}</math>'


def vector(v: Vector) -> str:
    """A sum of atoms with their factors."""
    terms = sorted(v.terms.items(), key=lambda term: term[0].uid)
    return _row(_signed([_scaled(c, a) for a, c in terms])) if terms else _n("0")


def _scaled(c: Scalar, a: Atom) -> tuple[bool, str]:
    negative = _is_negative(c)
    size = -c if negative else c
    name = atom(a)
    return negative, name if size == al.ONE else _factor(size) + _times() + name


def _is_negative(c: Scalar) -> bool:
    return len(c.num) == 1 and next(iter(c.num.values())) < 0


def _factor(s: Scalar) -> str:
    inner = scalar(s)
    return _fence(inner) if s.below == UNIT and len(s.num) > 1 else inner


def scalar(s: Scalar) -> str:
    """A number, as a fraction where it has a denominator."""
    whole = trig.in_sines(s)
    above = _poly(whole.num)
    return above if whole.below == UNIT else f"<mfrac>{above}{_poly(whole.below)}</mfrac>"


def _poly(p: Poly) -> str:
    terms = sorted(p.items(), key=lambda term: (term[1] < 0, term[0]))
    return _row(_signed([(c < 0, _mono(m, abs(c))) for m, c in terms])) if terms else _n("0")


def _mono(m: Mono, c: int) -> str:
    parts = [_power(gen(GENS[g]), k) for g, k in m]
    if c != 1 or not parts:
        parts.insert(0, _n(str(c)))
    return _times().join(parts)


def _power(base: str, k: int) -> str:
    return base if k == 1 else f"<msup><mrow>{base}</mrow>{_n(str(k))}</msup>"


def gen(g: Gen) -> str:
    """A generator of the scalars."""
    match g:
        case Symbol(name):
            return _i(name)
        case Dot(left, right):
            if left is right:
                return f"<msup><mrow>{_o('‖')}{atom(left)}{_o('‖')}</mrow>{_n('2')}</msup>"
            return _row([_o("⟨"), atom(left), _o(","), atom(right), _o("⟩")])
        case Value(jet):
            return atom(jet)
        case Half(angle):
            return _i("tan") + _fence(scalar(angle / 2))
        case Root(square, name):
            return _i(name) if name else f"<msqrt>{scalar(square)}</msqrt>"
        case _:
            return _i("?")


def atom(a: Atom) -> str:
    """A draw, a state, or a function at its arguments with its derivatives."""
    if isinstance(a, Basis):
        return _i(a.name)
    assert isinstance(a, Jet)
    args = [*map(vector, a.places), *map(scalar, a.times), *map(_i, a.labels)]
    head = "".join(_partial(a, i, k) for i, k in enumerate(a.orders) if k)
    call = _function(a.fn) + _fence(_listed(args))
    if not a.dirs:
        return _row([head, call])
    mark = _power(_i("D"), len(a.dirs))
    return _row([head, mark, call, _fence(_listed([atom(d) for _, d in a.dirs]), "[]")])


def _partial(jet: Jet, i: int, order: int) -> str:
    by = scalar(jet.times[i])
    mark = f"<msub>{_o('∂')}<mrow>{by}</mrow></msub>"
    return _power(mark, order)


def _function(fn: Fn) -> str:
    if fn.role == "flow":
        return _i("Ψ") if fn.name == "v" else f"<msup>{_i('Ψ')}{_i(fn.name)}</msup>"
    if fn.copy == "live":
        return _i(fn.name)
    return f"<msup>{_i(fn.name)}{_o('−') if fn.copy == 'stopped' else _i('ema')}</msup>"


def _signed(terms: Sequence[tuple[bool, str]]) -> list[str]:
    out: list[str] = []
    for i, (negative, term) in enumerate(terms):
        if negative or i:
            out.append(_o("−" if negative else "+"))
        out.append(term)
    return out


def _listed(parts: Sequence[str]) -> str:
    return _o(",").join(parts)


def _fence(inner: str, marks: str = "()") -> str:
    return _row([_o(marks[0]), inner, _o(marks[1])])


def _row(parts: Iterable[str]) -> str:
    return f"<mrow>{''.join(parts)}</mrow>"


def _times() -> str:
    return "<mo>&#x2062;</mo>"


def _i(name: str) -> str:
    return f"<mi>{escape(name)}</mi>"


def _n(number: str) -> str:
    return f"<mn>{number}</mn>"


def _o(sign: str) -> str:
    return f"<mo>{sign}</mo>"
