"""A slope that is told is the slope that the values have."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.monotone import Monotone
from fmdsl.semantics.ranges import ranges
from fmdsl.syntax.reader import read_text

SPEC = """\
spec: a
nets:
  d: critic(point) -> logit
draw:
  x: data
  t: uniform(0, 1)
let:
  λ: 0.5
  l: d(x)
  it: EXPRESSION
minimize:
  d: it
"""


def _softplus(v: float) -> float:
    return math.log1p(math.exp(v))


Value = Callable[[float], float]
CASES: list[tuple[str, Value, int | None]] = [
    ("l", lambda v: v, 1),
    ("-l", lambda v: -v, -1),
    ("softplus(-l)", lambda v: _softplus(-v), -1),
    ("softplus(l)", _softplus, 1),
    ("relu(1 - l)", lambda v: max(1 - v, 0), -1),
    ("max(l, 0) - min(-l, 0)", lambda v: max(v, 0) - min(-v, 0), 1),
    ("λ * softplus(-l) + 2", lambda v: 0.5 * _softplus(-v), -1),
    ("(0 - 2) * sigmoid(l) / (1 + t)", lambda v: -2 / (1 + math.exp(-v)), -1),
    ("log(1 + exp(l))", _softplus, 1),
    ("where(t > 0.5, l, 2 * l)", lambda v: v, 1),
    ("clip(l, 0, 1)", lambda v: min(max(v, 0), 1), 1),
    ("sg(l)", lambda v: 0.0, 0),
    ("t * λ", lambda v: 0.0, 0),
    ("(l - 1)^2", lambda v: (v - 1) ** 2, None),
    ("l - softplus(l)", lambda v: v - _softplus(v), None),
    ("abs(l)", abs, None),
    ("l * l", lambda v: v * v, None),
    ("(t - λ) * l", lambda v: 0.1 * v, None),
]


@pytest.mark.parametrize(("text", "value", "slope"), CASES, ids=[c[0] for c in CASES])
def test_the_slope_of_an_expression(text: str, value: Value, slope: int | None) -> None:
    spec = elaborate_spec(read_text(SPEC.replace("EXPRESSION", text)))
    told = Monotone(lambda t: t.op == "jet" and t["fn"] == "d", ranges(spec))(spec.lets["it"])
    assert told == slope
    if told is not None:
        values = [value(-2 + 0.25 * i) for i in range(17)]
        steps = [told * (b - a) for a, b in zip(values, values[1:], strict=False)]
        assert all(step >= 0 for step in steps)
        assert any(step > 0 for step in steps) == (told != 0)
