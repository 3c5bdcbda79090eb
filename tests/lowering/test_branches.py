"""A `where` on `progress` is a branch: the side that is not taken does not exist."""

from __future__ import annotations

import pytest
import torch

import fmdsl
from fmdsl.syntax.reader import read_text
from tests.lowering.test_program import SHARED, Still

ALPHA = SHARED.replace(
    "mse(u(z, t), D(z, t))",
    "where(progress < 0.5, mse(u(z, t), D(z, t)), "
    "where(progress < 0.75, sse(u(z, t), D(z, t)), sse(u(z, t) / (1 - progress), D(z, t))))",
)


@pytest.mark.parametrize("passes", [(), ("fold", "no_grad", "dead")])
def test_only_the_side_that_is_taken_is_computed(passes: tuple[str, ...]) -> None:
    program = fmdsl.compile(read_text(ALPHA), nets={"u": Still()}, passes=passes, debug=True)
    x = torch.randn(6, 2)
    drawn = program.draw(x)
    early, middle = (program(x, draws=drawn, progress=p)["u"] for p in (0.0, 0.6))
    torch.testing.assert_close(2 * early, middle)


def test_a_side_that_is_not_taken_may_be_singular() -> None:
    """At progress 1/2 of a mask, 0/0 in the other side would poison the gradient."""
    text = SHARED.replace(
        "mse(u(z, t), D(z, t))",
        "where(progress > 0, mse(u(z, t), D(z, t)) / progress, mse(u(z, t), D(z, t)))",
    )
    net = Still()
    program = fmdsl.compile(read_text(text), nets={"u": net})
    program(torch.randn(6, 2), progress=0.0)["u"].backward()
    assert torch.isfinite(net.a.grad)
    assert net.a.grad != 0


def test_a_setting_that_chooses_leaves_one_side_only() -> None:
    text = SHARED.replace("  z: path", "  alpha: 0\n  z: path").replace(
        "mse(u(z, t), D(z, t))",
        "where(alpha > 0, mse(u(z, t), D(z, t)) / alpha, sse(u(z, t), D(z, t)))",
    )
    zero = fmdsl.compile(read_text(text), nets={"u": Still()})
    half = fmdsl.compile(read_text(text), nets={"u": Still()}, settings={"alpha": 0.5})
    assert {n.op for n in zero.graphs["u"].nodes} & {"mse", "sse"} == {"sse"}
    x = torch.randn(6, 2)
    drawn = zero.draw(x)
    torch.testing.assert_close(zero(x, draws=drawn)["u"], half(x, draws=drawn)["u"])
