"""Forms are printed in the user's names, in sines, in text and in LaTeX."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

import fmdsl.algebra
from fmdsl.algebra import (
    D,
    cos,
    dot,
    flow,
    gradient,
    latex,
    net,
    norm2,
    schedule,
    sg,
    sin,
    sqrt,
    state,
    text,
    time,
    velocity,
)  # fmt: skip

t, r = time("t"), time("r")
z, x = state("z"), state("x")
u, v = net("u"), velocity("v")
alpha = schedule("alpha", t)

SHOWN = [
    ((1 - t) * x + t * z, "(1 - t)*x + t*z", r"(1 - t)\,x + t\,z"),
    (D(u(z, r, t), t, z=v(z, t)), "∂t u(z, r, t) + D u(z, r, t)[v(z, t)]",
     r"\partial_{t} u(z, r, t) + D u(z, r, t)[v(z, t)]"),
    ((flow(z, t, r, v) - z) / (r - t), "1/(t - r)*z - 1/(t - r)*flow(z, t, r)",
     r"\frac{1}{t - r}\,z - \frac{1}{t - r}\,\Psi(z, t, r)"),
    (D(sin(t) * cos(t), t), "2*cos(t)^2 - 1", "2\\,\\mathrm{cos}(t)^{2} - 1"),
    (D(alpha, t), "alpha'(t)", r"\alpha'(t)"),
    (sqrt(1 - alpha**2, "sigma(t)"), "sigma(t)", r"\sigma(t)"),
    (gradient(norm2(u(z, r, t) - sg(u(x, r, t)))),
     "2*(dot(u(z, r, t), δu(z, r, t)) - dot(u⁻(x, r, t), δu(z, r, t)))", None),
    (dot(x, z) / norm2(x), "dot(x, z)/norm2(x)", r"\frac{\langle x, z\rangle}{\|x\|^2}"),
    (t * 0, "0", "0"),
    (z - z, "0", "0"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "plain", "tex"), SHOWN)
def test_print(form, plain, tex):
    assert text(form) == plain
    assert tex is None or latex(form) == tex


def test_what_is_made_first_does_not_stand_first():
    late, early = state("z'"), state("x'")
    b, a = time("b'"), time("a'")
    product = (b - time("c'")) * (b - a) ** 2 * dot(late, early)
    assert text(product) == "(b' - a')^2*(b' - c')*dot(x', z')"


def test_the_worked_example_runs():
    outcome = doctest.testmod(fmdsl.algebra)
    assert outcome.attempted > 10 and not outcome.failed


def test_the_algebra_stands_alone_and_starts_fast():
    """No torch, no other part of the project, and the library only when it is needed."""
    code = (
        "import sys, time; t = time.perf_counter(); import fmdsl.algebra;"
        "took = time.perf_counter() - t;"
        "mine = [m for m in sys.modules if m.startswith('fmdsl.') and 'algebra' not in m];"
        "assert not mine and 'torch' not in sys.modules and 'sympy' not in sys.modules, mine;"
        "assert took < 0.7, took"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
