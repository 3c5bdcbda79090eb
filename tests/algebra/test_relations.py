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
    Scalar,
    Vector,
    cos,
    dot,
    equal,
    first_order,
    flow,
    gradient,
    limit,
    net,
    norm2,
    put,
    ratio,
    refute,
    scalar,
    setting,
    sg,
    sin,
    symbol,
    tie,
    vanishes,
    velocity,
)  # fmt: skip
from tests.algebra.names import (
    F,
    alpha,
    average,
    e,
    f,
    h,
    meanflow,
    r,
    s,
    stationary,
    t,
    tau,
    tied,
    u,
    v,
    x,
    z,
    zt,
)  # fmt: skip


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


class TestStraight:
    def test_r33_straight_trajectories_hide_every_sign(self):
        """`Ψ = z + (r - t) v`: then u = v, and by the flow's own law D v = 0, so that D u = 0."""
        gap = flow(z, t, r, v) - z - (r - t) * v(z, t)
        assert equal(put(u(z, r, t), {u: average}) - v(z, t), gap / (r - t)), "u = v where it is 0"
        bend = put(D(D(gap, r), r), {r: t})
        assert equal(bend, D(v(z, t), t, z=v(z, t))), "so that no gap is no change along the flow"
        right, wrong = (v(z, t) + sign * (t - r) * D(v(z, t), t, z=v(z, t)) for sign in (-1, 1))
        assert equal(wrong - right, 2 * (t - r) * bend), "and the two signs are one"


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
