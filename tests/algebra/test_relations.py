"""Relations between published methods, each decided by the kernel alone.

`u` is an average velocity net `u(z, r, t)`, `v` the marginal velocity, `x, e` the draws,
`z` a point given as a state. Gradients are compared with θ⁻ tied to θ.
"""

from __future__ import annotations

import pytest

from fmdsl.algebra import (
    NULL,
    D,
    Divergent,
    Given,
    Path,
    Scalar,
    Vector,
    basis,
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
    schedule,
    setting,
    sg,
    sin,
    sqrt,
    state,
    stationarity,
    symbol,
    taylor,
    tie,
    time,
    total,
    vanishes,
    velocity,
)  # fmt: skip

t, r, s, h, tau = time("t"), time("r"), time("s"), time("h"), time("τ")
alpha, c = setting("α"), setting("c")
z, x, e, xi = state("z"), random("x"), random("e"), random("ξ")
u, f, F = net("u"), net("f"), net("F")
v = velocity("v")
linear = Path(1 - t, t, symbol(t))
zt = linear.point(x, e)
given = Given(linear, z, v(z, t), xi, basis(x), basis(e))


def average(z: Vector, r: Scalar, t: Scalar) -> Vector:
    """The truth of an average velocity."""
    return (flow(z, t, r, v) - z) / (r - t)


def tied(loss: Scalar) -> Scalar:
    return tie(gradient(loss))


def stationary(loss: Scalar, truth=average, of=u) -> bool:
    return stationarity(loss, {of: truth}, given).is_zero


meanflow_error = u(zt, r, t) - sg(D(zt, t) - (t - r) * D(u(zt, r, t), t))
meanflow = norm2(meanflow_error)


class TestMeanFlow:
    def test_r1_the_diagonal_of_an_average_velocity_is_the_velocity(self):
        assert put(u(z, t, t), {u: average}) == v(z, t)

    def test_the_identity_holds_of_the_truth(self):
        residual = u(z, r, t) - v(z, t) + (t - r) * D(u(z, r, t), t, z=v(z, t))
        assert vanishes(put(residual, {u: average}))

    def test_the_truth_is_stationary_in_expectation(self):
        assert stationary(meanflow)

    def test_r2_the_identity_is_eulerian(self):
        image = z - (t - r) * u(z, r, t)
        residual = u(z, r, t) - v(z, t) + (t - r) * D(u(z, r, t), t, z=v(z, t))
        assert equal(D(image, t, z=v(z, t)), -residual)

    def test_r3_imf_and_esd_are_the_same_loss(self):
        v_c = D(zt, t)
        imf = norm2(u(zt, r, t) + (t - r) * sg(D(u(zt, r, t), t)) - v_c)
        image = z - (t - r) * u(z, r, t)
        frozen = sg(D(image, t, z=v_c) + u(z, r, t) - v_c)
        esd = norm2(put(u(z, r, t) - v_c - frozen, {z: zt}))
        assert equal(imf, meanflow)
        assert equal(esd, meanflow)
        assert ratio(tied(imf), tied(meanflow)) == 1

    def test_r4_ayf_emd_has_its_gradient(self):
        image = zt + (r - t) * u(zt, r, t)
        emd = dot(image, sg(D(image, t)))
        assert ratio(tied(emd), tied(meanflow)) == (t - r) / 2

    def test_r5_at_zero_it_is_continuous_consistency_and_on_the_diagonal_flow_matching(self):
        image = zt - t * u(zt, 0, t)
        consistency = dot(image, sg(D(image, t)))
        assert ratio(tied(consistency), put(tied(meanflow), {r: 0})) == t / 2
        matching = norm2(u(zt, t, t) - D(zt, t))
        assert equal(put(tied(meanflow), {r: t}), tied(matching))

    def test_r7_trigflow_consistency_at_zero(self):
        angle, x_tau = cos(tau) + sin(tau), cos(tau) * x + sin(tau) * e
        clock = sin(tau) / angle
        wrapped = ((cos(tau) - sin(tau)) * x_tau + u(x_tau / angle, 0, clock)) / angle
        image = cos(tau) * x_tau - sin(tau) * wrapped
        scm = tied(dot(image, sg(D(image, tau))))
        ours = put(tied(meanflow), {r: 0, t: clock})
        assert ratio(scm, ours) == clock * D(clock, tau) / 2

    def test_r14_is_flow_matching_and_consistency_up_to_a_constant(self):
        slope, v_c = sg(D(u(zt, r, t), t)), D(zt, t)
        tfm = norm2(u(zt, r, t) - v_c)
        consistency = 2 * (t - r) * dot(u(zt, r, t), slope)
        constant = -2 * (t - r) * dot(v_c, slope) + (t - r) ** 2 * norm2(slope)
        assert equal(meanflow, tfm + consistency + constant)
        assert gradient(constant).is_zero

    def test_an_x_prediction_net_has_its_rational_tangent(self):
        image = net("X")

        def param(z, r, t):
            return (z - image(z, r, t)) / t

        direct = (v(z, t) - D(image(z, r, t), t, z=v(z, t))) / t - (z - image(z, r, t)) / t**2
        assert equal(put(D(u(z, r, t), t, z=v(z, t)), {u: param}), direct)


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


class TestAlphaFlow:
    def error(self, a: Scalar, sign: int = 1, v_t: Vector | None = None) -> Vector:
        v_t = D(zt, t) if v_t is None else v_t
        mid = a * r + (1 - a) * t
        there = zt - sign * (t - mid) * v_t
        return u(zt, r, t) - sg(a * v_t + (1 - a) * u(there, r, mid))

    def test_r11_its_gradient_goes_to_meanflow(self):
        loss = norm2(self.error(alpha)) / alpha
        assert equal(limit(tied(loss), symbol(alpha)), tied(meanflow))
        assert equal(limit(tie(loss / alpha), symbol(alpha)), tie(meanflow))

    def test_r11_at_one_it_is_flow_matching_at_the_end_time(self):
        tfm = norm2(u(zt, r, t) - D(zt, t))
        assert equal(put(norm2(self.error(alpha)) / alpha, {alpha: 1}), tfm)

    def test_r11_the_papers_printed_sign_is_refused(self):
        loss = norm2(self.error(alpha, sign=-1)) / alpha
        residual = limit(tied(loss), symbol(alpha)) - tied(meanflow)
        assert not vanishes(residual) and refute(residual)

    def test_untied_weights_have_a_pole(self):
        loss = norm2(self.error(alpha)) / alpha
        with pytest.raises(Divergent):
            limit(gradient(loss), symbol(alpha))

    def test_r9_shortcut_is_alpha_one_half_with_its_own_velocity(self):
        mid = (t + r) / 2
        first = sg(u(zt, mid, t))
        there = zt - (t - mid) * first
        shortcut = norm2(u(zt, r, t) - sg((first + u(there, r, mid)) / 2))
        half = scalar(1) / 2
        own = norm2(self.error(half, v_t=first)) / half
        assert equal(shortcut, own / 2)
        assert not equal(shortcut, norm2(self.error(half)) / half / 2), "α = 1/2 alone is not it"

    def test_r10_psd_and_split_meanflow_are_one_family(self):
        lam = setting("λ")
        mid = t - lam * (t - r)
        first = sg(u(zt, mid, t))
        target = (1 - lam) * u(zt - (t - mid) * first, r, mid) + lam * first
        split = norm2(u(zt, r, t) - sg(target))
        assert equal(split, norm2(self.error(lam, v_t=first)))

    def test_r12_at_zero_it_is_consistency_training(self):
        def image(z, r, t):
            return (z - f(z, t)) / t

        mid = (1 - alpha) * t
        there = put(zt, {t: mid})
        residual = put(put(self.error(alpha), {r: 0}), {u: image})
        assert equal(residual, (sg(f(there, mid)) - f(zt, t)) / t)

    def test_r13_interval_additivity_becomes_the_meanflow_identity(self):
        there = z - h * u(z, t - h, t)
        split = (t - r) * u(z, r, t) - (t - h - r) * u(there, r, t - h) - h * u(z, t - h, t)
        w = u(z, t, t)
        identity = u(z, r, t) - w + (t - r) * D(u(z, r, t), t, z=w)
        order, coefficient = first_order(split, symbol(h))
        assert order == 1 and equal(coefficient, identity)

    def test_r13_it_holds_of_the_truth_for_every_split(self):
        there = z - (t - s) * u(z, s, t)
        split = (t - r) * u(z, r, t) - (s - r) * u(there, r, s) - (t - s) * u(z, s, t)
        assert vanishes(put(split, {u: average}))


class TestLagrangian:
    def lsd(self) -> Vector:
        image = z - (t - r) * u(z, r, t)
        return u(z, r, t) - (t - r) * D(u(z, r, t), r) - sg(u(image, r, r))

    def test_r15_terminal_velocity_matching_is_lsd(self):
        displacement = (s - t) * F(z, t, s)
        tvm = D(displacement, s) - sg(F(z + displacement, s, s))
        renamed = put(tvm, {F: lambda z, t, s: u(z, s, t)})
        assert equal(renamed, put(self.lsd(), {r: s}))

    def test_the_truth_solves_it_pointwise(self):
        assert vanishes(put(tie(self.lsd()), {u: average}))

    def test_every_flow_map_solves_it(self):
        other = velocity("w")

        def unanchored(z, r, t):
            return (flow(z, t, r, other) - z) / (r - t)

        assert vanishes(put(gradient(norm2(self.lsd())), {u: unanchored}))
        assert vanishes(put(gradient(norm2(self.lsd())), {u: lambda z, r, t: NULL}))
        anchor = put(norm2(u(zt, t, t) - D(zt, t)), {})
        assert stationary(anchor)
        assert not stationary(anchor, unanchored)


class TestConversions:
    a, b = schedule("alpha", t), schedule("sigma", t)
    path = Path(a, b, symbol(t))

    def test_r24_all_predictions_convert_for_any_path(self):
        a, b, path = self.a, self.b, self.path
        da, db = D(a, t), D(b, t)
        x_hat, e_hat = path.data_mean(z, v(z, t)), path.noise_mean(z, v(z, t))
        assert equal(a * x_hat + b * e_hat, z)
        assert equal(da * x_hat + db * e_hat, v(z, t))
        assert equal(db / b * z + (da - a * db / b) * x_hat, v(z, t))
        assert equal(da / a * z + (db - b * da / a) * e_hat, v(z, t))
        score = path.score(z, v(z, t))
        assert equal(((a / da) * v(z, t) - z) / (b**2 - a / da * db * b), score)
        assert equal(-(z - a * x_hat) / b**2, score)

    def test_r24_the_probability_flow_is_the_conditional_mean(self):
        a, b, path = self.a, self.b, self.path
        drift, g2 = D(a, t) / a * z, 2 * b * D(b, t) - 2 * D(a, t) / a * b**2
        score = path.score(z, v(z, t))
        assert equal(drift - g2 / 2 * score, v(z, t))
        assert not equal(drift - g2 * score, v(z, t)), "the half is needed"

    def test_r24_variance_preserving_needs_no_radicals(self):
        b = sqrt(1 - self.a**2, "sigma(t)")
        path = Path(self.a, b, symbol(t))
        x_hat, e_hat = path.data_mean(z, v(z, t)), path.noise_mean(z, v(z, t))
        rotated = self.a * e_hat - b * x_hat
        assert equal(self.a * z - b * rotated, x_hat)
        assert equal(b * z + self.a * rotated, e_hat)
        assert equal(D(b, t), -self.a * D(self.a, t) / b)

    def test_r24_losses_in_two_predictions_differ_by_a_known_factor(self):
        a, b, path = self.a, self.b, self.path
        w = D(b, t) * a - b * D(a, t)
        point = path.point(x, e)
        in_v = norm2(F(point, t) - path.conditional_velocity(x, e))
        in_x = norm2(path.data_mean(point, F(point, t)) - x)
        in_e = norm2(path.noise_mean(point, F(point, t)) - e)
        assert equal(in_v, (w / b) ** 2 * in_x)
        assert equal(in_v, (w / a) ** 2 * in_e)

    def test_r25_trigflow_wraps_a_linear_net(self):
        size = cos(tau) + sin(tau)
        clock = sin(tau) / size
        assert equal(D(clock, tau), 1 / size**2)
        point = cos(tau) * x + sin(tau) * e
        assert equal(put(zt, {t: clock}), point / size)
        trig = Path(cos(tau), sin(tau), symbol(tau))
        wrapped = ((cos(tau) - sin(tau)) * z + v(z / size, clock)) / size
        x_hat = put(linear.data_mean(z, v(z, t)), {t: clock, z: z / size})
        assert equal(trig.data_mean(z, wrapped), x_hat)
        c_skip, c_out = 1 / size, -sin(tau) / size
        assert equal(c_skip * z + c_out * v(z / size, clock), x_hat)
        assert equal((cos(tau) * z - x_hat) / sin(tau), wrapped)

    def test_variance_exploding_is_the_linear_path_scaled(self):
        b = time("σ")
        exploding = x + b * e
        assert equal(put(zt, {t: b / (1 + b)}), exploding / (1 + b))

    def test_r18_ctm_and_the_image_field(self):
        image = z - t * u(z, r, t)
        assert equal((r / t) * z + (1 - r / t) * image, z - (t - r) * u(z, r, t))


class TestGuidance:
    w, k = setting("ω"), setting("κ")
    plain, null = random("v̄"), random("v_∅")

    def scaled(self, scale: Scalar) -> Vector:
        return self.null + scale * (self.plain - self.null)

    def test_r21_meanflow(self):
        fixed = self.scaled(self.w / (1 - self.k))
        target = self.w * self.plain + (1 - self.w - self.k) * self.null + self.k * fixed
        assert equal(target, fixed)

    def test_r21_decoupled_and_improved_meanflow(self):
        fixed = self.scaled(1 / (1 - self.w))
        assert equal(self.plain + self.w * (fixed - self.null), fixed)
        fixed = self.scaled(self.w)
        assert equal(self.plain + (1 - 1 / self.w) * (fixed - self.null), fixed)
        wrong = self.plain + (self.w - 1) * (fixed - self.null)
        assert not equal(wrong, fixed) and refute(wrong - fixed)

    def test_the_published_settings_are_one_scale(self):
        scale = put(self.w / (1 - self.k), {self.w: scalar(1) / 5, self.k: scalar(23) / 25})
        assert scale == put(1 / (1 - self.w), {self.w: scalar(3) / 5}) == scalar(5) / 2


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
