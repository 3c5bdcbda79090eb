"""The laws hold of random flows, and every operation agrees with coordinates.

A world gives every name a random value: nets are polynomials, flows are exact and nonlinear,
numbers are fractions. Derivatives are compared with difference quotients, in exact arithmetic.
"""

from __future__ import annotations

from fractions import Fraction
from random import Random as random_numbers

import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from fmdsl.algebra import (
    D,
    Given,
    Path,
    World,
    basis,
    dot,
    equal,
    expectation,
    flow,
    gradient,
    jvp,
    limit,
    net,
    norm2,
    put,
    random,
    sg,
    state,
    symbol,
    taylor,
    time,
    variation,
    velocity,
)  # fmt: skip
from fmdsl.algebra.instances import polynomial

t, r, s, h = time("t"), time("r"), time("s"), time("h")
z, y, x, e, xi = state("z"), state("y"), random("x"), random("e"), random("ξ")
u, v, w = net("u"), velocity("v"), velocity("w")
SMALL = Fraction(1, 10**25)


times = st.sampled_from([t, r, s, t + r, t * s, 1 - t, (t + s) / 2])
seeds = st.integers(0, 10**6)


def extended(inner):
    return st.one_of(
        st.builds(flow, inner, times, times, st.sampled_from([v, w])),
        st.builds(lambda p, a: v(p, a), inner, times),
        st.builds(lambda p, a, b: u(p, a, b), inner, times, times),
        st.builds(lambda p, q, a: p + a * q, inner, inner, times),
    )


vectors = st.recursive(st.sampled_from([z, y, z + t * y]), extended, max_leaves=3)
few = settings(max_examples=25, deadline=None)


def close(a, b, tolerance=1e-5) -> bool:
    """Entry by entry, to a part of the larger."""
    return all(abs(p - q) <= tolerance * (1 + abs(p) + abs(q)) for p, q in zip(a, b, strict=True))


def moved(world: World, name, to) -> World:
    other = World(world.seed, world.dim, world.tied)
    other.given = {**world.given, name: to}
    return other


def slope(form, world: World, name, step=None):
    """A central difference quotient along a number or a vector."""
    start = world.gen(name) if step is None else world.atom(name)
    ends = []
    for sign in (1, -1):
        to = start + sign * SMALL if step is None else [
            a + sign * SMALL * b for a, b in zip(start, step, strict=True)]  # fmt: skip
        ends.append(moved(world, name, to).evaluate(form))
    return [(a - b) / (2 * SMALL) for a, b in zip(*ends, strict=True)]


@given(vectors, st.sampled_from([t, r, s]), seeds)
@few
def test_total_derivatives_are_slopes(form, by, seed):
    world = World(seed, 2)
    assert close(world.evaluate(D(form, by)), slope(form, world, symbol(by)))


@given(vectors, seeds)
@few
def test_directional_derivatives_are_slopes(form, seed):
    world = World(seed, 2)
    direction = v(z, t) + y
    along = jvp(form, {z: direction})
    assert close(world.evaluate(along), slope(form, world, basis(z), world.evaluate(direction)))


@given(vectors, st.sampled_from([t, r]), seeds)
@few
def test_second_derivatives_are_slopes_of_first_ones(form, by, seed):
    world = World(seed, 2)
    first = jvp(form, {z: y})
    assert close(world.evaluate(D(first, by)), slope(first, world, symbol(by)))


@given(vectors, vectors, times, seeds)
@few
def test_substitution_is_evaluation_elsewhere(form, place, when, seed):
    world = World(seed, 2)
    there = moved(moved(world, basis(z), world.evaluate(place)), symbol(t), world.evaluate(when))
    assert world.evaluate(put(form, {z: place, t: when})) == there.evaluate(form)


@given(vectors, seeds, st.integers(1, 2))
@few
def test_differentials_at_flowed_places_return_to_the_base(form, seed, order):
    """`D^n flow(q, s, r)` at `q = flow(z, t, s)`, rewritten, has the value it had unrewritten."""
    world = World(seed, 2)
    q = state("q")
    jet = flow(q, s, r, v)
    for direction in (y, form)[:order]:
        jet = jvp(jet, {q: direction})
    there = moved(world, basis(q), world.evaluate(flow(z, t, s, v)))
    assert world.evaluate(put(jet, {q: flow(z, t, s, v)})) == there.evaluate(jet)


@given(seeds, st.integers(1, 3))
@few
def test_flows_have_their_velocities_in_every_dimension(seed, dim):
    world = World(seed, dim)
    image = flow(z, t, r, v)
    assert close(world.evaluate(v(image, r)), slope(image, world, symbol(r)))
    assert close(world.evaluate(-jvp(image, {z: v(z, t)})), slope(image, world, symbol(t)))


@given(vectors, vectors, times, seeds)
@few
def test_equal_if_and_only_if_equal_in_value(a, b, k, seed):
    rearranged = (k * (a + b) - k * b) / k
    assert equal(rearranged, a) and hash(rearranged) == hash(a)
    same = all(World(seed + i, 2).evaluate(a) == World(seed + i, 2).evaluate(b) for i in range(3))
    assert bool(equal(a, b)) == same
    assert equal(norm2(a - b), norm2(a) - 2 * dot(a, b) + norm2(b))


@given(vectors, seeds)
@settings(max_examples=10, deadline=None)
def test_taylor_polynomials_approach_the_form(form, seed):
    world = World(seed, 2)
    near = put(form, {t: t + h})
    terms = taylor(near, symbol(h), 2)
    step = Fraction(1, 10**4)
    value = moved(world, symbol(h), step).evaluate(near)
    parts = [world.evaluate(c) for c in terms]
    sums = [a + step * b + step**2 * c for a, b, c in zip(*parts, strict=True)]
    third = max(abs(a) for a in world.evaluate(D(D(D(form, t), t), t)))
    assert all(abs(a - b) <= step**3 * (1 + third) for a, b in zip(value, sums, strict=True))


@given(vectors, seeds)
@few
def test_limits_of_difference_quotients_are_derivatives(form, seed):
    quotient = (put(form, {t: t + h}) - form) / h
    assert equal(limit(quotient, symbol(h)), D(form, t))
    second = (put(form, {t: t + h}) + put(form, {t: t - h}) - 2 * form) / h**2
    assert equal(limit(second, symbol(h)), D(D(form, t), t))


@given(vectors, seeds)
@few
def test_gradients_are_slopes_in_the_weights(form, seed):
    world = World(seed, 2)
    loss = dot(form, u(z, r, t)) + dot(sg(u(y, r, t)), u(z, t, t))
    assume(not gradient(loss).is_zero)
    net_, step = world._net(u.fn, (), 4), world._net(variation(u.fn), (), 4)
    ends = []
    for sign in (1, -1):
        shifted = [lambda i, p=p, d=d, k=sign: p(i) + k * SMALL * d(i)
                   for p, d in zip(net_, step, strict=True)]  # fmt: skip
        ends.append(moved(world, u.fn, shifted).evaluate(loss))
    quotient = (ends[0] - ends[1]) / (2 * SMALL)
    assert close([world.evaluate(gradient(loss))], [quotient])


@given(seeds)
@few
def test_expectations_are_means(seed):
    path = Path(1 - t, t, symbol(t))
    seen = Given(path, z, v(z, t), xi, basis(x), basis(e))
    error = u(path.point(x, e), r, t) - D(u(path.point(x, e), r, t), t) + x
    form = seen(norm2(error))
    outcome = expectation(form, xi)
    world = World(seed, 2)
    size = world.atom(basis(xi))
    ends = [moved(world, basis(xi), [k * a for a in size]) for k in (1, -1)]
    mean = sum(end.evaluate(form) for end in ends) / 2
    moments = sum(end.evaluate(m) for m in outcome.moments.values() for end in ends) / 2
    assert mean == world.evaluate(outcome.value) + moments


@given(seeds)
@settings(max_examples=2, deadline=None)
def test_derivatives_agree_with_sympy_in_coordinates(seed):
    """The net is applied to itself, so that places and directions are nested."""
    world = World(seed, 2)
    _z1, _z2, tt, rr = sympy.symbols("z1 z2 t r")
    rng = random_numbers(seed)
    net_ = [polynomial(rng, 4, terms=3, top=2) for _ in range(2)]
    world.given[u.fn] = net_
    dx, dy = world.atom(basis(x)), world.atom(basis(e))
    place = [(1 - tt) * a + tt * b for a, b in zip(dx, dy, strict=True)]
    inner = [p([*place, rr, tt]) for p in net_]
    outer = [p([*inner, rr, tt * rr]) for p in net_]
    expected = [sympy.diff(p, tt, rr) for p in outer]
    zt = (1 - t) * x + t * e
    ours = D(D(u(u(zt, r, t), r, t * r), t), r)
    at = {tt: sympy.Rational(*world.gen(symbol(t)).as_integer_ratio()),
          rr: sympy.Rational(*world.gen(symbol(r)).as_integer_ratio())}  # fmt: skip
    for a, b in zip(world.evaluate(ours), expected, strict=True):
        value = b.subs(at)
        assert a == Fraction(int(value.p), int(value.q))
