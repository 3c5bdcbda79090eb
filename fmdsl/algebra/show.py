"""Forms as a reader writes them: in the user's names, factored, and in sines; text or LaTeX."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from fmdsl.algebra import factors, trig
from fmdsl.algebra.atoms import Atom, Basis, Dot, Fn, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.field import UNIT, Scalar, generator
from fmdsl.algebra.intern import GENS, Gen
from fmdsl.algebra.poly import Mono, Poly
from fmdsl.algebra.script import is_compound, is_sum, tex_name
from fmdsl.algebra.vector import Vector

LONGEST = 40


@dataclass(frozen=True, slots=True)
class Printer:
    """One of the two scripts; everything they share is here. What was told is remembered."""

    latex: bool
    names: Mapping[Vector, str]
    _known: dict[int, str] = field(default_factory=dict[int, str])

    def form(self, form: Scalar | Vector) -> str:
        return self.scalar(form) if isinstance(form, Scalar) else self.vector(form)

    def vector(self, v: Vector) -> str:
        if v in self.names:
            return self.name(self.names[v])
        terms = sorted(v.terms.items(), key=lambda term: self._rank(term[0]))
        return self._sum(self._scaled(c, self.atom(a)) for a, c in terms)

    def _rank(self, a: Atom) -> tuple[int, int, str]:
        """Vectors first, then functions, then their derivatives; the same in every run."""
        if not isinstance(a, Jet):
            return 0, 0, self.atom(a)
        return 1 + len(a.dirs), sum(a.orders), self.atom(a)

    def scalar(self, s: Scalar) -> str:
        whole = trig.in_sines(s)
        below, under = self._factors(whole.below)
        above, over = self._factors(whole.num)
        sign = 1 if below > 0 else -1
        top = self._product(*_signed(sign * above, over))
        return self._quotient(top, self._product(sign * below, under), whole)

    def _quotient(self, above: str, below: str, s: Scalar) -> str:
        if s.below == UNIT:
            return above
        if self.latex:
            sign = "-" if above.startswith("-") else ""
            return rf"{sign}\frac{{{above.removeprefix('-')}}}{{{below}}}"
        wrapped = f"({above})" if is_sum(above) else above
        return f"{wrapped}/({below})" if is_compound(below) else f"{wrapped}/{below}"

    def _factors(self, p: Poly) -> tuple[int, list[tuple[Poly, int]]]:
        """The factors, each with the sign that reads better; a long sum is left whole."""
        if not p:
            return 0, []
        number, parts = factors.factor(p) if len(p) <= LONGEST else (1, ((p, 1),))
        out: list[tuple[Poly, int]] = []
        for q, k in parts:
            flip = self._flips(q)
            number = -number if flip and k % 2 else number
            out.append((_negated(q) if flip else q, k))
        return number, sorted(out, key=lambda part: [*map(self._spot, self._ordered(part[0]))])

    def _flips(self, p: Poly) -> bool:
        """Fewer minuses, then a positive number, then the last name positive: `1 - t`, `t - r`."""
        if 2 * _minuses(p) != len(p):
            return 2 * _minuses(p) > len(p)
        return p.get((), p[max(p, key=self._spelled)]) < 0

    def _ordered(self, p: Poly) -> list[Mono]:
        """Positive terms first, then by degree, then by name."""
        return sorted(p, key=lambda m: (p[m] < 0, *self._spot(m)))

    def _spot(self, m: Mono) -> tuple[int, tuple[str, tuple[int, ...]]]:
        return -sum(k for _, k in m), self._spelled(m)

    def _spelled(self, m: Mono) -> tuple[str, tuple[int, ...]]:
        """Names and exponents in the order of the names, whatever was made first."""
        powers = sorted((self.gen(GENS[g]), -k) for g, k in m)
        return self._times.join(name for name, _ in powers), tuple(k for _, k in powers)

    def _product(self, number: int, parts: list[tuple[Poly, int]]) -> str:
        texts = [self._power(self._polynomial(q), k) for q, k in parts]
        if len(texts) > 1 or number not in (1, -1):
            texts = [f"({t})" if is_sum(t) else t for t in texts]
        sign = "-" if number < 0 else ""
        if abs(number) != 1 or not texts:
            texts.insert(0, str(abs(number)))
        if sign and len(texts) == 1 and is_sum(texts[0]):
            return f"-({texts[0]})"
        return sign + self._times.join(texts)

    @property
    def _times(self) -> str:
        return r"\," if self.latex else "*"

    def _power(self, base: str, k: int) -> str:
        if k == 1:
            return base
        inner = f"({base})" if is_compound(base) else base
        return f"{inner}^{{{k}}}" if self.latex else f"{inner}^{k}"

    def _polynomial(self, p: Poly) -> str:
        return self._sum(self._term(m, p[m]) for m in self._ordered(p))

    def _term(self, mono: Mono, c: int) -> str:
        texts = [self._power(self.gen(GENS[g]), k) for g, k in mono]
        texts.sort(key=lambda name: ("(" in name, name))
        if abs(c) != 1 or not texts:
            texts.insert(0, str(abs(c)))
        return ("-" if c < 0 else "") + self._times.join(texts)

    def _scaled(self, c: Scalar, name: str) -> str:
        text = self.scalar(c)
        if text in ("1", "-1"):
            return text.removesuffix("1") + name
        return (f"({text})" if is_sum(text) else text) + self._times + name

    def _sum(self, terms: Iterable[str]) -> str:
        out = ""
        for term in terms:
            sign = " - " if term.startswith("-") else " + "
            out += (sign + term.removeprefix("-")) if out else term
        return out or "0"

    def gen(self, g: Gen) -> str:
        if g.uid not in self._known:
            self._known[g.uid] = self._gen(g)
        return self._known[g.uid]

    def _gen(self, g: Gen) -> str:
        match g:
            case Symbol(name):
                return self.name(name)
            case Dot(left, right):
                return self._dot(left, right)
            case Value(jet):
                return self._function(jet) if jet.fn.role == "function" else self.atom(jet)
            case Half(angle):
                return self._call("tan", [self.scalar(angle / 2)])
            case Root(square, name):
                return self._named(name) if name else self._root(self.scalar(square))
            case _:
                return g.__class__.__name__

    def _dot(self, left: Atom, right: Atom) -> str:
        a, b = (self.atom(side) for side in sorted((left, right), key=self._rank))
        if self.latex:
            return rf"\|{a}\|^2" if left is right else rf"\langle {a}, {b}\rangle"
        return f"norm2({a})" if left is right else f"dot({a}, {b})"

    def _named(self, name: str) -> str:
        head, bracket, rest = name.partition("(")
        return self.name(head) + bracket + rest

    def _root(self, inner: str) -> str:
        return rf"\sqrt{{{inner}}}" if self.latex else f"sqrt({inner})"

    def _function(self, jet: Jet) -> str:
        primes = "'" * sum(jet.orders) if len(jet.orders) == 1 else "".join(
            f"_{i + 1}" * k for i, k in enumerate(jet.orders))  # fmt: skip
        return self._call(self.name(jet.fn.name) + primes, map(self.scalar, jet.times))

    def _call(self, name: str, args: Iterable[str]) -> str:
        return f"{name}({', '.join(args)})"

    def atom(self, a: Atom) -> str:
        if a.uid not in self._known:
            self._known[a.uid] = self._atom(a)
        return self._known[a.uid]

    def _atom(self, a: Atom) -> str:
        if isinstance(a, Basis):
            return self.name(a.name)
        assert isinstance(a, Jet)
        args = [*map(self.vector, a.places), *map(self.scalar, a.times), *map(self.name, a.labels)]
        call = self._call(self.fn(a.fn), args)
        head = "".join(self._partial(a, i, k) for i, k in enumerate(a.orders) if k)
        if not a.dirs:
            return head + call
        ways = ", ".join(self.atom(d) for _, d in a.dirs)
        slots = "".join(f"_{slot + 1}" for slot, _ in a.dirs) if len(a.places) > 1 else ""
        return f"{head}{self._power('D', len(a.dirs))}{slots} {call}[{ways}]"

    def _partial(self, jet: Jet, i: int, order: int) -> str:
        named = jet.times.count(jet.times[i]) == 1 and jet.times[i].gens == [_sole(jet.times[i])]
        by = self.scalar(jet.times[i]) if named else str(i + 1)
        if self.latex:
            return rf"\partial_{{{by}}}" + (f"^{{{order}}} " if order > 1 else " ")
        return f"∂{by} " * order

    def fn(self, fn: Fn) -> str:
        name = self.name(fn.name)
        if fn.role == "flow":
            of = "" if fn.name == "v" else (f"^{{{name}}}" if self.latex else f"_{name}")
            return (r"\Psi" if self.latex else "flow") + of
        if fn.copy == "live":
            return name
        if self.latex:
            return name + ("^-" if fn.copy == "stopped" else r"^{\mathrm{ema}}")
        return name + ("⁻" if fn.copy == "stopped" else "_ema")

    def name(self, name: str) -> str:
        return tex_name(name) if self.latex else name


def _signed(number: int, parts: list[tuple[Poly, int]]) -> tuple[int, list[tuple[Poly, int]]]:
    """A minus goes into a factor that has one of its own: `-(t - 1)` is `1 - t`."""
    for i, (q, k) in enumerate(parts):
        if number < 0 and k % 2 and 2 * _minuses(q) == len(q):
            parts[i], number = (_negated(q), k), -number
    return number, parts


def _minuses(p: Poly) -> int:
    return sum(c < 0 for c in p.values())


def _negated(p: Poly) -> Poly:
    return {m: -c for m, c in p.items()}


def _sole(s: Scalar) -> Gen | None:
    """The symbol a scalar is, if it is one."""
    gens = s.gens
    return gens[0] if len(gens) == 1 and s == generator(gens[0]) else None


def text(form: Scalar | Vector, names: Mapping[Vector, str] | None = None) -> str:
    """A form in plain text, in the notation of specs; `names` are vectors to be abbreviated."""
    return (Printer(False, names) if names else _PLAIN).form(form)


def latex(form: Scalar | Vector, names: Mapping[Vector, str] | None = None) -> str:
    """A form in LaTeX; `names` are vectors to be abbreviated."""
    return (Printer(True, names) if names else _LATEX).form(form)


_PLAIN, _LATEX = Printer(False, {}), Printer(True, {})
