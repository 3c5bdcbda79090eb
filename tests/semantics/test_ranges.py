"""Intervals hold every value, and orders that the draws fix are known."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.intervals import power, times
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.syntax.reader import read_text
from fmdsl.terms.build import poly
from fmdsl.terms.level import Poly

SPEC = """\
spec: a
nets:
  u: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1))
  a, b: ordered(uniform(0, 1), equal=0.5)
  p, q: uniform(0, 1)
  n: integer(1, 8)
  gap: logit_normal(0, 1)
  low: uniform(0, p)
  high: truncated(logit_normal(0, 1), p, 1)
  s: truncated(logit_normal(0, 1), 0, 1 - gap)
  σ: lognormal(0, 1)
let:
  α: 0.25
  it: EXPRESSION
minimize:
  u: it * sse(u(path(x, e, t), t))
"""


def value_of(expression: str) -> tuple[Elaborated, Ranges, Poly | None]:
    spec = elaborate_spec(read_text(SPEC.replace("EXPRESSION", expression)))
    return spec, ranges(spec), poly(spec.lets["it"])


@pytest.mark.parametrize(
    ("expression", "low", "high"),
    [
        ("1 - t", 0, 1),
        ("2 * p - 1", -1, 1),
        ("p * p", 0, 1),
        ("p - p", 0, 0),
        ("clip(5 * p, 0.05, 1)", 0.05, 1),
        ("max(p, 0.1)", 0.1, 1),
        ("exp(-p)", math.exp(-1), 1),
        ("atan(σ)", 0, math.pi / 2),
        ("1 / (1 + p)", 0.5, 1),
        ("mean(abs(x))", 0, math.inf),
        ("sse(x)", 0, math.inf),
        ("α * p", 0, 0.25),
        ("(1 + 3 * p)^0.5", 1, 2),
        ("8^(1/3)", 2, 2),
        ("log(p)", -math.inf, 0),
        ("progress", 0, 1),
        ("where(p > 0.5, p, 2)", 0, 2),
        ("sin(σ)", -1, 1),
        ("sum(x)", -math.inf, math.inf),
    ],
)
def test_the_interval_of_an_expression(expression: str, low: float, high: float) -> None:
    spec, facts, _ = value_of(expression)
    assert facts.of(spec.lets["it"]) == pytest.approx((low, high))


@pytest.mark.parametrize(
    ("expression", "signs"),
    [
        ("t - r", {1}),
        ("r - t", {-1}),
        ("b - a", {0, 1}),
        ("p - q", {-1, 1}),
        ("t - t", {0}),
        ("(α * r + (1 - α) * t) - r", {1}),
        ("(s + gap) - s", {1}),
        ("1 - (s + gap)", {1}),
        ("p - low", {1}),
        ("high - p", {1}),
        ("max(p, q) - min(p, q)", {1}),
        ("max(a, b) - min(a, b)", {0, 1}),
        ("t - (t - r)", {1}),
        ("n - 2", {-1, 0, 1}),
        ("p - 0.5", {-1, 1}),
        ("p - 2", {-1}),
    ],
)
def test_the_order_of_two_times(expression: str, signs: set[int]) -> None:
    """Zero only where it has a probability: two free draws are never equal."""
    _, facts, value = value_of(expression)
    assert value is not None
    assert facts.signs(value) == signs


_ENDS = st.tuples(st.floats(-9, 9), st.floats(-9, 9)).map(lambda p: (min(p), max(p)))


@given(_ENDS, _ENDS, st.floats(0, 1), st.floats(0, 1), st.integers(-3, 4))
def test_interval_arithmetic_holds_every_value(
    a: tuple[float, float], b: tuple[float, float], i: float, j: float, n: int
) -> None:
    x, y = (low + w * (high - low) for (low, high), w in ((a, i), (b, j)))
    x, y = min(max(x, a[0]), a[1]), min(max(y, b[0]), b[1])
    low, high = times(a, b)
    assert low <= x * y <= high
    if abs(x) > 1e-3 or n >= 0:
        low, high = power(a, n)
        slack = 1e-9 * max(1.0, abs(x**n))
        assert low - slack <= x**n <= high + slack


def test_numbers_too_large_for_a_float_are_known_by_their_sign() -> None:
    facts = Ranges()
    assert facts.of_poly(Poly.constant(Fraction(10) ** 400)) == (0.0, math.inf)
    assert facts.signs(Poly.constant(-(Fraction(10) ** 400))) == {-1}
