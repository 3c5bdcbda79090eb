"""Scalars: one form for each rational function, whatever the way it was made."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from fmdsl.algebra import (
    ONE,
    D,
    Pole,
    Scalar,
    Undecided,
    cos,
    exp,
    function,
    limit,
    scalar,
    schedule,
    setting,
    sin,
    sqrt,
    symbol,
    time,
)  # fmt: skip
from fmdsl.algebra.factors import divide, factor
from fmdsl.algebra.poly import mul, power

names = ["t", "r", "s"]
ours = {n: time(n) for n in names}
theirs = dict(zip(names, sympy.symbols(names), strict=True))
t, r, s = ours.values()
few = settings(max_examples=60, deadline=None)


@st.composite
def expressions(draw, depth: int = 3):
    """A rational expression, as a scalar and for the library."""
    if depth == 0 or draw(st.booleans()):
        if draw(st.booleans()):
            n = draw(st.integers(-3, 3))
            return scalar(n), sympy.Integer(n)
        name = draw(st.sampled_from(names))
        return ours[name], theirs[name]
    a, b = draw(expressions(depth - 1)), draw(expressions(depth - 1))
    op = draw(st.sampled_from("+-*/"))
    if op == "+":
        return a[0] + b[0], a[1] + b[1]
    if op == "-":
        return a[0] - b[0], a[1] - b[1]
    if op == "*" or b[0].is_zero:
        return a[0] * b[0], a[1] * b[1]
    return a[0] / b[0], a[1] / b[1]


def translated(x: Scalar) -> sympy.Expr:
    def polynomial(p):
        by_uid = {symbol(ours[n]).uid: theirs[n] for n in names}
        return sum(c * sympy.prod([by_uid[g] ** k for g, k in m]) for m, c in p.items())

    return sympy.sympify(polynomial(x.num)) / polynomial(x.below)


@given(expressions())
@settings(max_examples=25, deadline=None)
def test_values_are_those_of_the_library_in_lowest_terms(pair):
    mine, other = pair
    assert sympy.cancel(translated(mine) - other) == 0
    for part, form in zip(sympy.fraction(sympy.cancel(other)), (mine.num, mine.below), strict=True):
        assert len(sympy.Poly(part, *theirs.values()).terms()) == max(len(form), 1)


@given(expressions(), expressions(), expressions())
@few
def test_the_same_function_is_the_same_form(a, b, c):
    x, y, z = a[0], b[0], c[0]
    left, right = (x + y) * z, z * y + x * z
    assert left == right and hash(left) == hash(right)
    if not y.is_zero:
        assert x / y * y == x
    assert (x - y).is_zero == (x == y)


def test_zero_is_decided_and_division_by_it_told():
    with pytest.raises(Pole):
        ONE / ((t + r) ** 2 - t**2 - 2 * t * r - r**2)
    assert 1 / (1 / t - 1 / r) == t * r / (r - t)
    assert Fraction(1, 2) * t == t / 2


@few
@given(st.lists(st.integers(-2, 2), min_size=10, max_size=10))
def test_quadratics_have_the_factors_that_the_library_finds(weights):
    x, y, z = theirs.values()
    monomials = [
        x * x * y * y,
        x * x * y,
        x * x,
        x * y,
        x,
        y * y,
        y,
        sympy.Integer(1),
        z * z,
        z * x,
    ]
    form = sum(w * m for w, m in zip(weights, monomials, strict=True))
    if form == 0:
        return
    _, parts = factor(ours_of(form))
    _, known = sympy.factor_list(form)
    assert sorted(k for _, k in parts) == sorted(k for _, k in known)
    assert sorted(len(q) for q, _ in parts) == sorted(len(sympy.Poly(q).terms()) for q, _ in known)


def ours_of(form: sympy.Expr) -> dict:
    whole = sympy.Poly(form, *theirs.values())
    total = sum((int(c) * t**i * r**j * s**k for (i, j, k), c in whole.terms()), scalar(0))
    return total.num


def test_factors_multiply_back():
    p = (12 * (t - r) ** 3 * (t + 1) * (t * t + r * r) * s).num
    number, parts = factor(p)
    out = {(): number}
    for q, k in parts:
        out = mul(out, power(q, k))
    assert out == p and sorted(k for _, k in parts) == [1, 1, 1, 3]
    assert divide(p, (t - r).num) is not None and divide(p, (t + r).num) is None


def test_sines_are_rational_in_half_angles():
    assert sin(t) ** 2 + cos(t) ** 2 == 1
    assert sin(t + 2 * r) == sin(t) * cos(2 * r) + cos(t) * sin(2 * r)
    assert cos(t - t) == 1 and sin(-t) == -sin(t)
    assert D(sin(t * r), t) == r * cos(t * r)
    assert D(D(cos(t), t), t) == -cos(t)


def test_roots_are_algebraic():
    root = sqrt(1 - t**2)
    assert root**2 == 1 - t**2 and 1 / root == root / (1 - t**2)
    assert (1 / (r + root)) * (r - root) * (r + root) ** 2 == r**2 - 1 + t**2
    assert sqrt(scalar(9) / 4) == scalar(3) / 2
    assert D(root, t) == -t / root


def test_elementary_functions_have_their_slopes():
    assert D(exp(t * t + r), t) == 2 * t * exp(t * t) * exp(r)
    assert D(function("log", t + r), t) == 1 / (t + r)
    assert D(function("atan", 2 * t), t) == 2 / (1 + 4 * t**2)
    assert exp(-t) == 1 / exp(t)


def test_schedules_are_opaque_with_derivatives():
    alpha = schedule("alpha", t)
    assert D(alpha**2, t) == 2 * alpha * D(alpha, t)
    quotient = (schedule("alpha", t + r) - alpha) / r
    assert limit(quotient, symbol(r)) == D(alpha, t)
    assert limit(1 / setting("k") * (exp(r) - 1) / r, symbol(r)) == 1 / setting("k")


def test_a_product_that_grows_too_long_is_not_decided():
    long = {((g, 1),): 1 for g in range(400)}
    with pytest.raises(Undecided, match="grows too long"):
        mul(long, long)
