"""Conversions between predictions, paths and guidance scales, decided by the kernel alone.

`v` is the marginal velocity, `x, e` are the draws, `z` is a point given as a state.
"""

from __future__ import annotations

from fmdsl.algebra import (
    D,
    Path,
    Scalar,
    Vector,
    cos,
    equal,
    norm2,
    put,
    random,
    refute,
    scalar,
    schedule,
    setting,
    sin,
    sqrt,
    symbol,
    time,
)  # fmt: skip
from tests.algebra.names import (
    F,
    e,
    linear,
    r,
    t,
    tau,
    u,
    v,
    x,
    z,
    zt,
)  # fmt: skip


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
