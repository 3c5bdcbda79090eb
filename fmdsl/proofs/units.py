"""What a spec claims of its weights: that one is 1 at some values, or on average over its draws.

The first is decided by the algebra. The second is a number: the mean over a hundred thousand
draws of the spec's own laws, with its deviation, so that it holds on the oracle at most.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from fmdsl import algebra as al
from fmdsl.ops import LAWS, OPERATORS
from fmdsl.ops.law import Rng
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborated import Drawn, Elaborated, LawTerm
from fmdsl.terms.build import constant
from fmdsl.terms.term import Term, rewrite, walk

_MANY = 100_000
_SURE = 5


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean over draws, and its standard deviation."""

    value: float
    deviation: float

    @property
    def is_one(self) -> bool:
        return abs(self.value - 1) <= max(_SURE * self.deviation, 1e-9)


def less_one(spec: Elaborated, weight: Term, values: Mapping[str, Fraction]) -> al.Scalar:
    """The weight less one, with `progress` and settings at these values. Raises Untranslated."""

    def at(t: Term) -> Term | None:
        name = "progress" if t.op == "progress" else t["name"] if t.op == "setting" else ""
        return constant(values[name]) if name in values else None

    there = rewrite(weight, at)
    return Translator(spec).scalar(there) - 1


def mean_of(spec: Elaborated, weight: Term, where: Term | None, progress: float) -> Mean:
    """The mean of a weight over the draws for which a comparison holds. Raises Untranslated."""
    import numpy as np

    rng: Rng = _Numbers(np)
    drawn = {"progress": progress}
    for one in spec.draws:
        drawn |= _drawn(one, rng, drawn)
    values = np.broadcast_to(_value(weight, drawn, np), (_MANY,))
    taken = values if where is None else values[_value(where, drawn, np)]
    return Mean(float(taken.mean()), float(taken.std() / np.sqrt(len(taken))))


def named(spec: Elaborated, name: str) -> Term | None:
    """A let, or a draw that a loss holds."""
    draws = (t for o in spec.objectives for t in walk(o.loss) if t.op == "draw")
    return spec.lets.get(name) or next((t for t in draws if t["name"] == name), None)


def _drawn(one: Drawn, rng: Rng, known: Mapping[str, Any]) -> dict[str, Any]:
    """The values of one line of draws; nothing for data and noise."""
    if one.law.name not in LAWS or one.law.name == "dropped":
        return {}
    found = [_bound(one.law, known, rng.xp)(rng, _MANY) for _ in one.names]
    whole = found[0] if isinstance(found[0], tuple) else found
    return dict(zip(one.names, whole, strict=False))


def _bound(law: LawTerm, known: Mapping[str, Any], xp: Any) -> Callable[..., Any]:
    params = [_bound(p, known, xp) if isinstance(p, LawTerm) else _value(p, known, xp)
              for p in law.params]  # fmt: skip
    return lambda rng, n: LAWS[law.name].sample(rng, n, *params, **_keywords(law))


def _keywords(law: LawTerm) -> dict[str, float]:
    return {**dict(LAWS[law.name].keywords), **dict(law.keywords)}


def _value(term: Term, drawn: Mapping[str, Any], xp: Any) -> Any:
    """A number at every draw."""
    t = term.bare
    if t.op in ("const", "setting"):
        return float(t["value"])
    name = t["name"] if t.op == "draw" else t.op
    if name in drawn:
        return drawn[name]
    if t.op not in OPERATORS or not t.args:
        raise Untranslated(t, "it is no number of the draws")
    return OPERATORS[t.op].value(xp, *(_value(a, drawn, xp) for a in t.args))


class _Numbers:
    """Random numbers of a fixed seed, as laws ask for them."""

    def __init__(self, xp: Any) -> None:
        self.xp = xp
        self._rng = xp.random.default_rng(0)

    def uniform(self, n: int) -> Any:
        return self._rng.random(n)

    def normal(self, n: int) -> Any:
        return self._rng.standard_normal(n)

    def coin(self) -> float:
        return float(self._rng.random())

    def logistic(self, x: Any) -> Any:
        return 0.5 * (1 + self.xp.tanh(0.5 * x))

    def ndtr(self, x: Any) -> Any:
        return self.xp.vectorize(NormalDist().cdf)(x)

    def ndtri(self, p: Any) -> Any:
        return self.xp.vectorize(NormalDist().inv_cdf)(p)
