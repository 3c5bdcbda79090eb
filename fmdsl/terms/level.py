"""Normal forms of scalar expressions: what `t - (t - r)` and `r` have in common.

A `Poly` is a Laurent polynomial with rational coefficients over atoms; an atom is any
hashable, compared by equality. Enough to add levels and clocks; proofs use
`fmdsl.algebra`, which decides more.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from fractions import Fraction

Monomial = frozenset[tuple[Hashable, int]]


@dataclass(frozen=True, slots=True)
class Inverse:
    """The atom `1 / p` for a `p` of several terms."""

    of: Poly


@dataclass(frozen=True, slots=True)
class Poly:
    """A sum of monomials with non-zero rational coefficients."""

    terms: frozenset[tuple[Monomial, Fraction]]

    @staticmethod
    def constant(value: Fraction | int) -> Poly:
        return _poly([(frozenset(), Fraction(value))])

    @staticmethod
    def atom(key: Hashable) -> Poly:
        return _poly([(frozenset({(key, 1)}), Fraction(1))])

    def __add__(self, other: Poly) -> Poly:
        return _poly([*self.terms, *other.terms])

    def __neg__(self) -> Poly:
        return _poly((m, -c) for m, c in self.terms)

    def __sub__(self, other: Poly) -> Poly:
        return self + -other

    def __mul__(self, other: Poly) -> Poly:
        products = ((_product(m, n), c * d) for m, c in self.terms for n, d in other.terms)
        total = _poly(products)
        return _cancelled(total) if total.opaque else total

    def inverse(self) -> Poly:
        """`1 / self`; a sum becomes one opaque atom. Raises ZeroDivisionError at zero."""
        if not self.terms:
            raise ZeroDivisionError
        lead, scale = self._primitive()
        if len(lead.terms) == 1:
            ((monomial, c),) = lead.terms
            flipped = frozenset((a, -n) for a, n in monomial)
            return _poly([(flipped, 1 / (c * scale))])
        return _poly([(frozenset({(Inverse(lead), 1)}), 1 / scale)])

    def _primitive(self) -> tuple[Poly, Fraction]:
        """`self` divided by a canonical leading coefficient, and that coefficient.

        Any fixed order of monomials will do: `1/(t - r)` and `-1/(r - t)` then share one atom.
        """
        scale = min(self.terms, key=lambda term: sorted((hash(a), n) for a, n in term[0]))[1]
        return _poly((m, c / scale) for m, c in self.terms), scale

    @property
    def opaque(self) -> bool:
        """Whether equality is not decided: inverses of sums, and products of functions.

        `max(t, 0.05) / t` may be 1 and `cos^2 + sin^2` is; two clocks σ and s that are
        functions of draws are still told apart.
        """
        return any(_undecided(m) for m, _ in self.terms)

    @property
    def atoms(self) -> frozenset[Hashable]:
        return frozenset(a for m, _ in self.terms for a, _ in m)

    @property
    def value(self) -> Fraction | None:
        """The number it is, or None."""
        if not self.terms:
            return Fraction(0)
        if len(self.terms) == 1:
            ((monomial, c),) = self.terms
            return c if not monomial else None
        return None

    def derivative(self, of: Callable[[Hashable], Poly]) -> Poly:
        """Total derivative, given each atom's; an opaque atom must be handled by `of`."""
        total = ZERO
        for monomial, c in self.terms:
            for key, power in monomial:
                rest = frozenset((monomial - {(key, power)}) | _power(key, power - 1))
                total += _poly([(rest, c * power)]) * of(key)
        return total

    def show(self, name: Callable[[Hashable], str] = str) -> str:
        """Text such as `t - r`, positive terms first."""
        parts = sorted((_show(m, c, name) for m, c in self.terms), key=lambda s: (s[0] == "-", s))
        text = " ".join(f"- {p[1:]}" if p[0] == "-" else f"+ {p}" for p in parts)
        if text.startswith("+ "):
            return text[2:]
        return f"-{text[2:]}" if text else "0"


def _undecided(monomial: Monomial) -> bool:
    functions = [(a, n) for a, n in monomial if not isinstance(a, str)]
    alone = len(monomial) == 1 and all(n == 1 for _, n in functions)
    return bool(functions) and (not alone or any(isinstance(a, Inverse) for a, _ in functions))


def _power(key: Hashable, power: int) -> set[tuple[Hashable, int]]:
    return {(key, power)} if power else set()


def _product(left: Monomial, right: Monomial) -> Monomial:
    powers = dict(left)
    for key, n in right:
        powers[key] = powers.get(key, 0) + n
    return frozenset((k, n) for k, n in powers.items() if n)


def _poly(terms: Iterable[tuple[Monomial, Fraction]]) -> Poly:
    total: dict[Monomial, Fraction] = {}
    for monomial, c in terms:
        total[monomial] = total.get(monomial, Fraction(0)) + c
    return Poly(frozenset((m, c) for m, c in total.items() if c))


def _cancelled(p: Poly) -> Poly:
    """Replace `q * (1/q)` by 1 where every monomial of `q` times `1/q` is present."""
    for key in p.atoms:
        if isinstance(key, Inverse):
            with_key = {m - {(key, 1)}: c for m, c in p.terms if (key, 1) in m}
            quotient = _quotient(with_key, key.of)
            if quotient is not None:
                rest = [(m, c) for m, c in p.terms if (key, 1) not in m]
                return _poly([*rest, *quotient.terms])
    return p


def _quotient(numerator: dict[Monomial, Fraction], of: Poly) -> Poly | None:
    """`numerator / of` where it is a monomial times a number."""
    top = _poly(numerator.items())
    for monomial, c in of.terms:
        for m, d in top.terms:
            flipped = frozenset((a, -n) for a, n in monomial)
            candidate = Poly(frozenset({(_product(m, flipped), d / c)}))
            if (
                _poly([(_product(a, b), x * y) for a, x in candidate.terms for b, y in of.terms])
                == top
            ):
                return candidate
    return None


def _show(monomial: Monomial, c: Fraction, name: Callable[[Hashable], str]) -> str:
    def factor(key: Hashable, n: int) -> str:
        text = f"({key.of.show(name)})" if isinstance(key, Inverse) else name(key)
        return text if n == 1 else f"{text}^{n}"

    powers = [(k, -n if isinstance(k, Inverse) else n) for k, n in monomial]
    above = sorted(factor(k, n) for k, n in powers if n > 0)
    below = sorted(factor(k, -n) for k, n in powers if n < 0)
    if abs(c) != 1 or not above:
        above.insert(0, _decimal(abs(c)))
    return ("-" if c < 0 else "") + "/".join(["*".join(above), *below])


def _decimal(c: Fraction) -> str:
    text = f"{float(c):.12g}"
    return text if Fraction(text) == c else str(c)


ZERO = Poly(frozenset())
ONE = Poly.constant(1)
