"""What is called wrong of weights, draws and floors, and moves no minimiser: with the reason."""

from __future__ import annotations

from tests.proofs.mutants.kept import Kept, k

WEIGHED: tuple[Kept, ...] = (
    k(
        "β on rows with r = t as well",
        "uaimf",
        "A weight made of clocks multiplies a gradient that vanishes at the truth for each pair of "
        "clocks, and nothing is claimed of these rows. That β is 1 at the end of training and on "
        "average over the others is claimed, and both are held.",
        ("where(r < t, β, α)", "β"),
    ),
    k(
        "β before the adaptive weight",
        "uaimf",
        "`β E / sg(β E + c)` is `E / sg(E + c / β)`: the weight cancels but for c. The minimiser "
        "is that of MeanFlow; what is lost is the emphasis, and no law asks for it.",
        ("* error / sg(error + 0.01)", "* error / sg(where(r < t, β, α) * error + 0.01)"),
    ),
    k(
        "prior weight twice",
        "scm",
        "The learned weight takes it back: before an error p(t) Δ the best w is -log(p Δ), and "
        "p exp(w) is 1 / Δ with p as without. While w is still learned p is an importance weight "
        "beside the law of t, and the minimiser is the same.",
        ("exp(w(t)) * mse(out", "exp(w(t)) / tan(t) * mse(out"),
    ),
    k(
        "share of equal rows inverted",
        "meanflow",
        "`data_proportion` is the share of rows with r = t, `ratio` that of rows with r < t. Both "
        "kinds of rows are right at the truth: any share between 0 and 1 has its minimiser.",
        ("equal=0.75", "equal=0.25"),
    ),
    k(
        "dropped rows with a mixed target",
        "meanflow_guided",
        "At the empty label the mixture is `ω v + (1 - ω) u`, whose fixed point is v, as it is of "
        "the plain target; it is approached ω times as fast. With the label from before the drop "
        "the target is another one, and is refused.",
        (
            "where(labelled(c), where(t < 0.75, mixed, plain), plain)",
            "where(t < 0.75, mixed, plain)",
        ),
    ),
    k(
        "derivative not stopped",
        "imf",
        "The tangent is a function of z, so that the residual has mean zero at the truth, and so "
        "has its product with any variation. It costs a derivative of a derivative, and is "
        "MeanFlow's error only where the tangent is random.",
        ("(t - r) * sg(D(u(z, t - r, c), t, z=w))", "(t - r) * D(u(z, t - r, c), t, z=w)"),
    ),
    k(
        "conditional tangent",
        "imf",
        "Stopped, the derivative holds e - x to the first degree: MeanFlow's target, which is "
        "unbiased, beside a head that no one reads.",
        ("t, z=w)", "t)"),
    ),
    k(
        "no floor under the divisor",
        "jit",
        "The weight 1/t² has a mean under the logit-normal law of t, which vanishes at 0 faster "
        "than any power: (1 + exp(-n))² has mean 2.96 for n of mean and deviation 0.8. Above the "
        "floor nothing changes, below it the floor scales both sides alike.",
        ("max(t, 0.05)", "t"),
    ),
    k(
        "moving average in the target",
        "alphaflow",
        "At rest a moving average has the net's weights, and is read as them. That training "
        "diverges at small α, where the target is most of the net's own answer, is a matter of "
        "its course: no stationary point tells it.",
        ("(1 - α) * u(z', r, s, c)", "(1 - α) * ema(u(z', r, s, c), 0.99)"),
    ),
    k(
        "new noise for generated data",
        "reflow",
        "Rectified flow on generated data: right for the law of these pairs, which are no longer "
        "those of the previous round. No identity names the coupling, and the trainer makes it.",
        ("x, e, c: data(pixels, noise, label)", "x, c: data(pixels, label)\n  e: noise"),
    ),
)
