"""Relations of consistency models, rCM and score distillation, decided by the kernel alone.

`u` is an average velocity net `u(z, r, t)`, `v` the marginal velocity, `x, e` the draws,
`z` a point given as a state. Gradients are compared with θ⁻ tied to θ.
"""

from __future__ import annotations

from fmdsl.algebra import (
    D,
    Vector,
    alike,
    cos,
    dot,
    equal,
    expectation,
    first_order,
    flow,
    function,
    gradient,
    jvp,
    limit,
    moved_by,
    net,
    nets_in,
    norm2,
    put,
    random,
    ratio,
    refute,
    scalar,
    setting,
    sg,
    sin,
    sqrt,
    symbol,
    taylor,
    total,
    vanishes,
)  # fmt: skip
from tests.algebra.names import (
    F,
    average,
    c,
    e,
    f,
    given,
    h,
    meanflow,
    meanflow_error,
    r,
    s,
    t,
    tied,
    u,
    v,
    x,
    xi,
    z,
    zt,
)  # fmt: skip


class TestConsistency:
    def test_r6_discrete_gradients_become_continuous_ones(self):
        step = put(zt, {t: t - h})
        discrete = norm2(f(zt, t) - sg(f(step, t - h))) / (2 * h)
        continuous = dot(f(zt, t), sg(D(f(zt, t), t)))
        assert equal(limit(tied(discrete), symbol(h)), tied(continuous))

    def test_r6_training_is_biased_at_first_order_by_the_conditional_line(self):
        step = put(zt, {t: t - h})
        loss = norm2(f(zt, t) - sg(f(step, t - h))) / (2 * h)
        truth = put(given(gradient(loss)), {f: lambda z, t: flow(z, t, 0, v)})
        coefficients = taylor(truth, symbol(h), 1)
        assert expectation(coefficients[0], xi).is_zero
        bias = expectation(coefficients[1], xi)
        acceleration = D(v(z, t), t, z=v(z, t))
        pushed = jvp(flow(z, t, 0, v), {z: acceleration})
        assert equal(bias.value, dot(f.delta(z, t), pushed) / 2)
        assert set(bias.moments) == {2} and refute(bias.moments[2])

    def test_r6_distillation_with_the_exact_solver_is_exact(self):
        step = flow(z, t, t - h, v)
        loss = norm2(f(z, t) - sg(f(step, t - h)))
        assert vanishes(put(gradient(loss), {f: lambda z, t: flow(z, t, 0, v)}))

    def test_r6_distillation_by_one_euler_step_is_wrong_at_second_order(self):
        step = z - h * v(z, t)
        error = put(f(z, t) - f(step, t - h), {f: lambda z, t: flow(z, t, 0, v)})
        order, coefficient = first_order(error, symbol(h))
        assert order == 2 and refute(coefficient)

    def test_r8_a_regression_on_a_shifted_copy_prescribes_a_gradient(self):
        y = random("y")
        loss = norm2(F(z, t) - sg(F(z, t)) + y) / 2
        assert equal(tied(loss), tied(dot(F(z, t), y)))

    def test_r22_the_adaptive_weight_with_power_one_is_a_logarithm(self):
        loss = norm2(F(z, t) - e)
        assert equal(tied(loss / sg(loss + c)), tied(function("log", loss + c)))

    def test_r23_normalising_the_tangent_is_power_one_half_and_not_one(self):
        g = meanflow_error
        normalised = norm2(u(zt, r, t) - sg(u(zt, r, t) - g / sqrt(norm2(g) + c)))
        half = norm2(g) / sg(sqrt(norm2(g) + c))
        one = norm2(g) / sg(norm2(g) + c)
        assert ratio(tied(normalised), tied(half)) == 1
        left = ratio(tied(normalised), tied(one))
        assert left is None or nets_in(left), "the factor must depend on the residual"
        assert not equal(tied(normalised), tied(one))

    def test_r26_trigflow_total_derivatives(self):
        image = cos(t) * z - sin(t) * F(z, t)
        w = random("w")
        slope = -cos(t) * (F(z, t) - w) - sin(t) * (z + D(F(z, t), t, z=w))
        assert equal(D(image, t, z=w), slope)
        two_time = cos(t - s) * z - sin(t - s) * F(z, t, s)
        slope = -cos(t - s) * (F(z, t, s) - w) - sin(t - s) * (z + D(F(z, t, s), t, z=w))
        assert equal(D(two_time, t, z=w), slope)
        assert put(two_time, {s: t}) == z

    def test_r27_rcm_and_scm_tangents_agree_only_after_the_warm_up(self):
        w, rho = random("w"), setting("ρ")
        slope = D(F(z, t), t, z=w)
        scm = -(cos(t) ** 2) * (F(z, t) - w) - rho * cos(t) * sin(t) * (z + slope)
        root = sqrt(1 - rho**2 * sin(t) ** 2)
        rcm = -cos(t) * root * (F(z, t) - w) - rho * cos(t) * sin(t) * z - cos(t) * sin(t) * slope
        warm = put(rcm - scm, {rho: 1})
        assert warm.coefficient(slope_atom(slope)) == 0
        assert not equal(rcm, scm)
        assert refute(put(rcm - scm, {rho: scalar(1) / 2}))


def slope_atom(v: Vector) -> Vector:
    return Vector({next(iter(v.terms)): scalar(1)})


class TestExpectation:
    def test_r32_the_conditional_velocity_is_unbiased_in_flow_matching(self):
        conditional = gradient(norm2(F(zt, t) - D(zt, t)))
        marginal = gradient(norm2(F(z, t) - v(z, t)))
        assert equal(expectation(given(conditional), xi).value, marginal)

    def test_r32_meanflow_needs_its_stop(self):
        free = norm2(u(zt, r, t) - D(zt, t) + (t - r) * D(u(zt, r, t), t))
        outcome = expectation(put(given(gradient(free)), {u: average}), xi)
        assert not outcome.is_zero and 2 in outcome.moments

    def test_r34_dmd_is_a_prescribed_gradient(self):
        G, real, fake, noise = net("G"), net("p", "teacher"), net("q", "critic"), random("ε")
        image = G(e)
        point = (1 - t) * image + t * noise
        push = sg(fake(point, t) - real(point, t))
        assert equal(tied(norm2(image - sg(image - push)) / 2), tied(dot(image, push)))
        assert [f.name for f in moved_by(dot(image, push))] == ["G"]

    def test_total_is_the_sum(self):
        assert total([(t, z), (1 - t, z)]) == z

    def test_objectives_alike_pointwise_or_only_in_expectation(self):
        conditional = norm2(F(zt, t) - D(zt, t))
        marginal = norm2(F(zt, t) - v(zt, t))
        assert not alike(conditional, marginal)
        found = alike(conditional, 3 * marginal, given)
        assert found.factor == scalar(1) / 3 and found.where == "in expectation"
        assert alike(conditional, 3 * conditional).where == "pointwise"
        assert not alike(conditional, norm2(F(zt, t) - x), given)

    def test_a_weight_by_the_residual_is_told(self):
        assert alike(meanflow / sg(meanflow + c), meanflow).reweighted
        assert not alike(t * meanflow, meanflow).reweighted
