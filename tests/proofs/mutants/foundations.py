"""Wrong variants of the steps and paths of the foundations."""

from __future__ import annotations

from tests.proofs.mutants.mutant import SAMPLER, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

_COSINE = "path: z@t = cos"


def _speed(x: str, e: str, factor: str = "pi / 2 * ") -> tuple[str, str]:
    """The cosine path's velocity written by hand, with these weights."""
    target = f"{factor}({x}(pi * t / 2) * x + {e}(pi * t / 2) * e)"
    return _COSINE, f"minimize:\n  v: mse(v(z, t, c), {target})\n\n{_COSINE}"


_PAIRS = "draw:\n  x, e, c: data(pixels, noise, label)"


def _along_the_old_flow(loss: str) -> tuple[str, str]:
    """Reflow at states of the round before, on the way from the pair's noise."""
    nets = "".join(f"  {n}(point@t, t, label) -> tangent\n" for n in ("v: student", "T: teacher"))
    lets = "  top: 1\n  y: path(x, e, top)\n  z: solve(T(y, top, c), y, top, t, method=heun)\n"
    return _PAIRS, f"nets:\n{nets}\nlet:\n{lets}\nminimize:\n  v: {loss}\n\n{_PAIRS}"


MUTANTS: tuple[Mutant, ...] = (
    m(
        "noise put on by the step's mean",
        "ddpm",
        SAMPLER,
        ("μ(z, t, s): (z - (1", "μ(z, t, s): (z + (1"),
    ),
    m(
        "power for deviation",
        "ddpm",
        SAMPLER,
        ("/ sqrt(1 - alpha_bar(t)) * ε", "/ (1 - alpha_bar(t)) * ε"),
    ),
    m(
        "one step's share for the product",
        "ddpm",
        "E0703",
        ("x + sqrt(1 - alpha_bar(t)) * e, 0", "x + sqrt(1 - alpha_bar(t)) * e, 1"),
        ("sqrt(alpha_bar(t)) *", "sqrt(alpha_bar(t) / alpha_bar(t - 1)) *"),
        ("sqrt(1 - alpha_bar(t)) * e", "sqrt(1 - alpha_bar(t) / alpha_bar(t - 1)) * e"),
        at="times: evenly",
    ),
    m(
        "score of the wrong sign in the ODE",
        "score_sde",
        SAMPLER,
        ("(z + s(z, t, c))", "(z - s(z, t, c))"),
    ),
    m("speeds of the cosine path exchanged", "flow_matching_cosine", STATIONARY,
      _speed("cos", "-sin")),
    m("speed without its π/2", "flow_matching_cosine", STATIONARY, _speed("-sin", "cos", "")),
    m(
        "ends of the cosine path exchanged",
        "flow_matching_cosine",
        "E0214",
        (_COSINE, f"let:\n  z: path(e, x, t)\n\n{_COSINE}"),
    ),
    m(
        "fresh noise for a pair",
        "reflow",
        "E0808",
        ("x, e, c: data(pixels, noise, label)", "x, n, c: data(pixels, noise, label)\n  e: noise"),
    ),
    m(
        "states of the old flow",
        "reflow",
        STATIONARY,
        _along_the_old_flow("mse(v(z, t, c), (e - x))"),
    ),
    m(
        "states and speeds of the old flow",
        "reflow",
        STATIONARY,
        _along_the_old_flow("mse(v(z, t, c), T(z, t, c))"),
    ),
)  # fmt: skip
