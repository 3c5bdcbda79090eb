"""Laws built from laws: ordered pairs, truncation, mixtures, one value for a whole batch."""

from __future__ import annotations

import math
from typing import Any

from fmdsl.ops.law import Interval, Law, Rng


def _share(rng: Rng, n: int, p: float) -> int:
    """How many of n rows: n p, its fraction rounded at random so that the mean is exact."""
    return math.floor(n * p + (rng.coin() if (n * p) % 1 else 0.0))


def _ordered(rng: Rng, n: int, law: Any, equal: float, early: float) -> tuple[Any, Any]:
    a, b = law(rng, n), law(rng, n)
    low, high = rng.xp.minimum(a, b), rng.xp.maximum(a, b)
    k = _share(rng, n, equal)
    if early:
        high = rng.xp.concatenate([a[:k], high[k:]])
    # the equal rows come first: a compiler may then skip what vanishes on them
    return rng.xp.concatenate([high[:k], low[k:]]), high


def _mixed(rng: Rng, n: int, first: Any, second: Any, p: float) -> Any:
    # by row, each for itself: two values of one mixture, as in `ordered`, are independent
    return rng.xp.where(rng.uniform(n) < p, first(rng, n), second(rng, n))


def _truncated(rng: Rng, n: int, law: Any, low: Any, high: Any) -> Any:
    below, above = law.cdf(rng, low), law.cdf(rng, high)
    drawn = law.quantile(rng, below + (above - below) * rng.uniform(n))
    return rng.xp.maximum(rng.xp.minimum(drawn, high + 0 * drawn), low + 0 * drawn)


def _dropped(rng: Rng, n: int, label: Any, p: float, first: float) -> Any:
    chosen = rng.uniform(n) < p
    if first:
        chosen = rng.xp.arange(n) < chosen.sum()
    return rng.xp.where(chosen, -1, label)


def _hull(a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


ordered = Law(
    "ordered",
    ("law",),
    _ordered,
    lambda law: law,
    "two independent values sorted, the smaller first; in a share `equal` of the rows, the "
    "first ones, the smaller is set to the larger; with early=1 these rows have one value of the "
    "law, made equal before sorting, and not the larger of two",
    keywords=(("equal", 0.0), ("early", 0.0)),
    outputs=2,
)
mixture = Law(
    "mixture",
    ("first", "second"),
    _mixed,
    _hull,
    "every value from the first law with probability p, else from the second, each row for itself",
    keywords=(("p", 0.5),),
)
truncated = Law(
    "truncated",
    ("law", "low", "high"),
    _truncated,
    lambda law, low, high: (max(law[0], low[0]), min(law[1], high[1])),
    "the law given that its value lies in [low, high]",
    fault=lambda law, low, high: "nothing lies between the two ends" if low[0] >= high[1] else None,
)
shared = Law(
    "shared",
    ("law",),
    lambda rng, n, law: law(rng, 1) + 0 * rng.uniform(n),
    lambda law: law,
    "one value for the whole batch, on every rank alike",
)
dropped = Law(
    "dropped",
    ("label",),
    _dropped,
    lambda label: (-1.0, math.inf),
    "the label, and the empty label (-1) in a share p of the rows, at random; with first=1 as "
    "many rows, but the first ones, which are those that `ordered` makes equal",
    keywords=(("p", 0.1), ("first", 0.0)),
)
