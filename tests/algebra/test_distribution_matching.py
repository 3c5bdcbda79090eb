"""Facts of score distillation and its relatives: prescribed gradients, scores, guidance."""

from __future__ import annotations

from fmdsl.algebra import (
    D,
    Path,
    dot,
    equal,
    gradient,
    moved_by,
    net,
    norm2,
    passed_through,
    put,
    random,
    ratio,
    refute,
    schedule,
    setting,
    sg,
    state,
    symbol,
    tie,
    time,
    velocity,
)  # fmt: skip

t, d, w = time("t"), time("d"), setting("w")
a, b = schedule("alpha", t), schedule("sigma", t)
path = Path(a, b, symbol(t))
z, n, latent = state("z"), random("n"), random("latent")
p, q = velocity("p"), velocity("q")
G, teacher, fake = net("G"), net("p", "teacher"), net("q", "critic")


def tied(loss):
    return tie(gradient(loss, [G.fn]))


def test_score_differences_in_every_prediction():
    s = path.score(z, q(z, t)) - path.score(z, p(z, t))
    x_hat = path.data_mean(z, q(z, t)) - path.data_mean(z, p(z, t))
    e_hat = path.noise_mean(z, q(z, t)) - path.noise_mean(z, p(z, t))
    assert equal(s, a / b**2 * x_hat)
    assert equal(s, -e_hat / b)
    linear = Path(1 - t, t, symbol(t))
    s = linear.score(z, q(z, t)) - linear.score(z, p(z, t))
    assert equal(s, -(1 - t) / t * (q(z, t) - p(z, t)))


def test_sds_is_a_denoising_loss_with_its_jacobian_dropped():
    image = G(latent)
    noisy = a * image + b * n
    sds = dot(image, sg(teacher(noisy, t) - n))
    dropped = norm2(sg(teacher(noisy, t)) - a / b * sg(image) - n + a / b * image) * (b / a) / 2
    assert equal(tied(sds), tied(dropped))
    full = norm2(teacher(noisy, t) - n) / 2
    assert ratio(tied(full), tied(sds)) is None


def test_add_is_sds_with_another_weight():
    image, c = G(latent), setting("c")
    noisy = a * image + b * n
    denoised = (noisy - b * teacher(noisy, t)) / a
    add = c * norm2(image - sg(denoised))
    sds = dot(image, sg(teacher(noisy, t) - n))
    assert ratio(tied(add), tied(sds)) == 2 * c * b / a


def test_gradient_reaches_the_generator_through_frozen_scores_and_not_through_stopped_ones():
    frozen = net("p", "frozen")
    noisy = a * G(latent) + b * n
    assert [f.name for f in moved_by(norm2(frozen(noisy, t)))] == ["G"]
    assert not moved_by(norm2(sg(frozen(noisy, t))))
    assert [f.role for f in passed_through(norm2(frozen(noisy, t)))] == ["frozen"]
    assert [f.role for f in passed_through(norm2(teacher(noisy, t) - n))] == ["teacher"]
    assert not passed_through(dot(G(latent), sg(teacher(noisy, t) - n)))
    assert {f.name for f in moved_by(norm2(fake(sg(noisy), t) - sg(G(latent))))} == {"q"}


def test_sid_is_a_square_and_a_product():
    alpha, x = setting("α"), state("x")
    real, learned = p(z, t), q(z, t)
    fused = dot(real - learned, real - x) - alpha * norm2(real - learned)
    split = (1 - alpha) * norm2(real - learned) + dot(real - learned, learned - x)
    assert equal(fused, split)


def test_two_conventions_of_guidance():
    c, null, s = random("c"), random("∅"), setting("s")
    assert equal(put(null + w * (c - null), {w: 1 + s}), c + s * (c - null))


def test_freeflow_is_the_terminal_condition_from_pure_noise():
    F, f, field = net("F"), net("f"), velocity("u")
    s = 1 - d
    free = F(z, d) + d * D(F(z, d), d) - field(z + d * F(z, d), 1 - d)

    def image(z, s):
        return z + (s - 1) * f(z, s)

    terminal = put(D(image(z, t), t) + field(image(z, t), t), {t: s})
    renamed = put(free, {F: lambda z, d: -f(z, 1 - d)})
    assert equal(renamed, -terminal)
    wrong = F(z, d) - d * D(F(z, d), d) - field(z + d * F(z, d), 1 - d)
    assert refute(wrong - free)


def test_scaled_terminal_velocity_cancels_its_weight():
    F, F_ema, v_c, null = net("F"), net("F").ema, random("v"), random("∅")
    s = time("s")
    image = (s - t) * w * F(z, t, s)
    weighted = norm2(D(image, s) - w * F_ema(z + image, s, s)) / w**2
    plain = norm2(F(z, t, s) + (s - t) * D(F(z, t, s), s) - F_ema(z + image, s, s))
    assert equal(weighted, plain)
    matching = norm2(w * F(z, s, s) - (w * v_c + (1 - w) * null)) / w**2
    assert equal(matching, norm2(F(z, s, s) - (v_c - (1 - 1 / w) * null)))


def test_the_inner_transition_of_a_transition_match_has_a_minus():
    s, r, y, y1 = time("s"), time("r"), random("y"), random("y1")

    def inner(s):
        return (1 - s) * y + s * y1

    assert equal(inner(s) - (s - r) * (y1 - y), inner(r))
    assert refute(inner(s) + (s - r) * (y1 - y) - inner(r))


def test_a_critic_is_a_denoiser_up_to_a_weight():
    angle = time("τ")
    from fmdsl.algebra import cos, sin

    image, F = random("x"), net("F", "critic")
    point = cos(angle) * image + sin(angle) * n
    x_hat = cos(angle) * point - sin(angle) * F(point, angle)
    in_x = norm2(x_hat - image) / sin(angle) ** 2
    assert equal(in_x, norm2(F(point, angle) - D(point, angle)))
