"""Laws of one number: where clocks, indices and scales come from."""

from __future__ import annotations

import math
from typing import Any

from fmdsl.ops.law import Interval, Law, Rng

_INF = math.inf


def _logit(rng: Rng, p: Any) -> Any:
    return rng.xp.log(p) - rng.xp.log1p(-p)


def _needs_order(a: Interval, b: Interval) -> str | None:
    return "the lower end is not below the upper one" if a[0] >= b[1] else None


def _needs_spread(mean: Interval, std: Interval) -> str | None:
    del mean
    return "the standard deviation is not positive" if std[1] <= 0 else None


uniform = Law(
    "uniform",
    ("a", "b"),
    lambda rng, n, a, b: a + (b - a) * rng.uniform(n),
    lambda a, b: (a[0], b[1]),
    "uniform on [a, b]",
    quantile=lambda rng, u, a, b: a + (b - a) * u,
    cdf=lambda rng, x, a, b: (x - a) / (b - a),
    fault=_needs_order,
)
normal = Law(
    "normal",
    ("mean", "std"),
    lambda rng, n, m, s: m + s * rng.normal(n),
    lambda m, s: (-_INF, _INF),
    "Gaussian",
    quantile=lambda rng, u, m, s: m + s * rng.ndtri(u),
    cdf=lambda rng, x, m, s: rng.ndtr((x - m) / s),
    fault=_needs_spread,
)
lognormal = Law(
    "lognormal",
    ("mean", "std"),
    lambda rng, n, m, s: rng.xp.exp(m + s * rng.normal(n)),
    lambda m, s: (0.0, _INF),
    "exp of a Gaussian: the noise levels of EDM",
    quantile=lambda rng, u, m, s: rng.xp.exp(m + s * rng.ndtri(u)),
    cdf=lambda rng, x, m, s: rng.ndtr((rng.xp.log(x) - m) / s),
    fault=_needs_spread,
)
logit_normal = Law(
    "logit_normal",
    ("mean", "std"),
    lambda rng, n, m, s: rng.logistic(m + s * rng.normal(n)),
    lambda m, s: (0.0, 1.0),
    "sigmoid of a Gaussian; a larger mean is nearer to t = 1",
    quantile=lambda rng, u, m, s: rng.logistic(m + s * rng.ndtri(u)),
    cdf=lambda rng, x, m, s: rng.ndtr((_logit(rng, x) - m) / s),
    fault=_needs_spread,
)
integer = Law(
    "integer",
    ("a", "b"),
    lambda rng, n, a, b: rng.xp.floor(a + (b - a + 1) * rng.uniform(n)),
    lambda a, b: (a[0], b[1]),
    "an integer from a to b, both included",
    fault=lambda a, b: "the lower end is above the upper one" if a[0] > b[1] else None,
)
power_law = Law(
    "power_law",
    ("a", "b", "exponent"),
    lambda rng, n, a, b, k: _power_quantile(rng, rng.uniform(n), a, b, k),
    lambda a, b, k: (a[0], b[1]),
    "density proportional to w^-exponent on [a, b], a > 0; exponent 1 is log-uniform",
    quantile=lambda rng, u, a, b, k: _power_quantile(rng, u, a, b, k),
    fault=lambda a, b, k: _needs_order(a, b) or ("a is not positive" if a[0] <= 0 else None),
)


def _power_quantile(rng: Rng, u: Any, a: Any, b: Any, k: float) -> Any:
    if k == 1:
        return a * (b / a) ** u
    low, high = a ** (1 - k), b ** (1 - k)
    return (low + (high - low) * u) ** (1 / (1 - k))
