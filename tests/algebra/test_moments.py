"""Second moments, and the worlds that obey the law of a path."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fmdsl.algebra import (
    D,
    Given,
    Path,
    Undecided,
    World,
    basis,
    data_covariance,
    dot,
    equal,
    expectation,
    flow,
    jvp,
    negligible,
    net,
    norm2,
    put,
    random,
    refute,
    schedule,
    second_moment,
    state,
    symbol,
    time,
    velocity,
    velocity_covariance,
)  # fmt: skip
from fmdsl.algebra.instances import Gaussian

t, r = time("t"), time("r")
z, x, e, xi, a, b = state("z"), random("x"), random("e"), random("ξ"), state("a"), state("b")
u, v = net("u"), velocity("v")
linear = Path(1 - t, t, symbol(t))
given = Given(linear, z, v(z, t), xi, basis(x), basis(e))


def oracle() -> World:
    """Data `N(1/2, 1/3^2)` on a line, read at `z = 7/5, t = 4/5, r = 1/5`."""
    world = World(0, 1)
    normal = Gaussian(((Fraction(1),),), (Fraction(1, 2),), (Fraction(1, 3),))
    flow_name = next(f for f in flow(z, t, r, v).deps if getattr(f, "role", "") == "flow")
    world.given = {
        v.fn: normal, flow_name: normal, basis(z): [Fraction(7, 5)],
        symbol(t): Fraction(4, 5), symbol(r): Fraction(1, 5),
    }  # fmt: skip
    return world


def test_the_oracle_has_its_published_values():
    average = (flow(z, t, r, v) - z) / (r - t)
    values = {
        v(z, t): 1.06896551724,
        average: 0.767007301584,
        flow(z, t, r, v): 0.939795619049,
        D(average, t, z=v(z, t)): 0.503263692761,
        D(average, r): 1.21201947089,
        v(flow(z, t, r, v), r): 0.0397956190493,
    }
    for form, value in values.items():
        assert oracle().evaluate(form)[0] == pytest.approx(value, abs=1e-11)


def test_tweedie_of_second_order_on_a_gaussian():
    z_t, s2 = Fraction(4, 5), Fraction(1, 9)
    variance = s2 * z_t**2 / ((1 - z_t) ** 2 * s2 + z_t**2)
    (found,) = oracle().evaluate(data_covariance(linear, z, v(z, t), a))
    assert found == variance * oracle().evaluate(a)[0]


def test_marginal_velocities_have_symmetric_jacobians_and_others_do_not():
    skew = dot(a, jvp(v(z, t), {z: b})) - dot(b, jvp(v(z, t), {z: a}))
    assert refute(skew)
    assert refute(skew, gaussian=["v"]) is None


def test_a_gaussian_world_obeys_the_laws():
    image = flow(z, t, r, v)
    world = World(1, 2, gaussian=["v"])
    assert negligible(world.evaluate(D(image, r) - v(image, r)))
    assert negligible(world.evaluate(D(image, t) + jvp(image, {z: v(z, t)})))
    residual = v(image, r) - v(z, t)
    assert refute(residual, gaussian=["v"])


def test_degree_two_is_resolved_by_the_covariance():
    square = given(dot(x - linear.data_mean(z, v(z, t)), a) ** 2)
    outcome = expectation(square, xi)
    assert outcome.value.is_zero
    cov = dot(a, data_covariance(linear, z, v(z, t), a))
    assert equal(second_moment(outcome.moments[2], given), cov)


def test_the_velocity_covariance_for_a_general_path():
    path = Path(schedule("alpha", t), schedule("sigma", t), symbol(t))
    seen = Given(path, z, v(z, t), xi, basis(x), basis(e))
    a1, s1 = path.speeds
    w = s1 * path.alpha - path.sigma * a1
    direct = w / path.alpha * (s1 * a - path.sigma * jvp(v(z, t), {z: a}))
    assert equal(velocity_covariance(seen, a), direct)


def test_a_trace_stays_a_named_moment():
    outcome = expectation(given(norm2(x)), xi)
    assert set(outcome.moments) == {2}
    with pytest.raises(Undecided):
        second_moment(outcome.moments[2], given)


def test_projected_identities_of_values():
    """A function of z sees of a draw only its conditional mean."""
    form = given(dot(u(z, r, t), x) - dot(u(z, r, t), linear.data_mean(z, v(z, t))))
    assert expectation(form, xi).is_zero
    score = given(dot(u(z, r, t), t * linear.score(z, v(z, t)) + e))
    assert expectation(score, xi).is_zero
    assert put(score, {t: r}) != score
