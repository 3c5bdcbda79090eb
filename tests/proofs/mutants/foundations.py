"""Wrong variants of the steps and paths of the foundations."""

from __future__ import annotations

from tests.proofs.mutants.mutant import SAMPLER, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

_COSINE = "path: z@t = cos"


def _speed(x: str, e: str, factor: str = "pi / 2 * ") -> tuple[str, str]:
    """The cosine path's velocity written by hand, with these weights."""
    target = f"{factor}({x}(pi * t / 2) * x + {e}(pi * t / 2) * e)"
    return _COSINE, f"minimize:\n  v: mse(v(z, t, c), {target})\n\n{_COSINE}"


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
)  # fmt: skip
