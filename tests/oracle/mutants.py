"""Wrong variants of shipped specs: the text that is replaced, and by what."""

from __future__ import annotations

from fmdsl.syntax.locate import locate
from fmdsl.syntax.reader import read_text
from fmdsl.syntax.spec import Spec

D_U = "D(u(z, r, t, c), t)"
#: spec, what is wrong with it, the shipped text, the wrong one.
MUTANTS = (
    ("meanflow", "sign of (t - r)", "- (t - r) * D(u", "+ (t - r) * D(u"),
    ("meanflow", "(t - r) dropped", "- (t - r) * D(u", "- D(u"),
    ("meanflow", "t for (t - r)", "- (t - r) * D(u", "- t * D(u"),
    ("meanflow", "clock held", D_U, "jvp(u, (z, r, t, c), (D(z, t), 0, 0, 0))"),
    ("meanflow", "wrong clock", D_U, "jvp(u, (z, r, t, c), (D(z, t), 1, 0, 0))"),
    ("meanflow", "both clocks", D_U, "jvp(u, (z, r, t, c), (D(z, t), 1, 1, 0))"),
    ("meanflow", "state held", D_U, "jvp(u, (z, r, t, c), (0, 0, 1, 0))"),
    ("meanflow", "tangent reversed", D_U, "jvp(u, (z, r, t, c), (-D(z, t), 0, 1, 0))"),
    ("meanflow", "sg missing on the target", "sg(target)", "target"),
    ("meanflow", "velocity reversed", "target: D(z, t) -", "target: x - e -"),
    ("meanflow", "clocks swapped in the identity", "/ (r - t)", "/ (t - r)"),
    ("tvm", "both clocks move", "D(f(z, t, s), s, t=0)", "D(f(z, t, s), s)"),
    ("tvm", "slope at the start", "sg(v(f(z, t, s), s, F=ema(F, 0.99)))", "sg(v(z, t))"),
    ("tvm", "target at z", "sg(v(f(z, t, s), s, F=ema(F, 0.99)))", "sg(v(z, s))"),
    ("tvm", "velocity reversed", "mse(v(z', s'), D(z', s'))", "mse(v(z', s'), x - e)"),
    ("tvm", "map reversed", "z + (s - t) * F", "z - (s - t) * F"),
    ("lsd", "target at z", "sg(u(X(z, r, t), r, r, c))", "sg(u(z, r, r, c))"),
    ("lsd", "sign of the slope", "sse(D(X(z, r, t), r), sg(", "sse(D(X(z, r, t), r), sg(-"),
    ("lsd", "target at the start", "sg(u(X(z, r, t), r, r, c))", "sg(u(z, t, t, c))"),
    ("lsd", "diagonal read at another clock", "u(z', s, s, c)", "u(z', s, t, c)"),
    ("psd", "first weight squared", "γ * u(z, m, t, c) + (1 - γ)", "γ^2 * u(z, m, t, c) + (1 - γ)"),
    ("psd", "second piece at z", "u(X(z, m, t), r, m, c)", "u(z, r, m, c)"),
    ("psd", "first piece not weighed", "pieces: γ * u(z, m, t, c)", "pieces: u(z, m, t, c)"),
    ("split_meanflow", "wrong way to s", "u(z - (t - s) * u2", "u(z + (t - s) * u2"),
    ("split_meanflow", "weights swapped", "(1 - λ) * u1 + λ * u2", "λ * u1 + (1 - λ) * u2"),
    ("flow_matching", "velocity reversed", "D(z, t))", "x - e)"),
    ("flow_matching", "conditional on the data", "D(z, t))", "z - x)"),
    ("jit", "target's floor left out", "v(z, t, x)", "(z - x) / max(t, 0.3)"),
    ("jit", "noise for data", "v(z, t, x)", "v(z, t, e)"),
    ("esd", "sign of (t - r)", "+ (t - r) * (in_time", "- (t - r) * (in_time"),
    ("esd", "space left out", "(in_time + sg(in_space))", "in_time"),
    ("scm", "sine twice", "warm * cos(t) * sin(t)", "warm * cos(t) * sin(t)^2"),
    ("scm", "sign of the time term", "- warm * cos", "+ warm * cos"),
    ("imf", "gap held", "t, z=w)", "t, z=0)"),
    ("imf", "sign of (t - r)", "+ (t - r) * sg(D", "- (t - r) * sg(D"),
    ("score_sde", "sign of the noise", "s(z, t, c), -e)", "s(z, t, c), e)"),
    ("score_sde", "score not scaled", "mse(σ * s(z, t, c), -e)", "mse(s(z, t, c), -e)"),
    ("consistency_distillation", "teacher's flow reversed",
     "((z - X(z, σ))", "(-(z - X(z, σ))"),
)  # fmt: skip


def mutant(name: str, old: str, new: str) -> Spec:
    """The shipped spec with one text replaced."""
    text = locate(name).read_text(encoding="utf-8")
    assert old in text, f"{name} no longer says {old!r}"
    return read_text(text.replace(old, new), f"{name}.yaml")
