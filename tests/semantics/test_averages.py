"""Moving averages: whose nets they reach, and how fast they forget."""

from __future__ import annotations

import pytest
import torch
from torch import nn

import fmdsl
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read_text
from fmdsl.terms.term import walk

SPEC = """spec: averaged
nets:
  v: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
  s: 0.5
  first: v(z, t)
  twice(w): w + v(z, t)
  target: TARGET
minimize:
  v: mse(v(z, t), sg(target))
sample:
  velocity(z, t): v(z, t)
  times: 1, 0
"""


def copies(target: str) -> set[str]:
    spec = elaborate_spec(read_text(SPEC.replace("TARGET", target)))
    assert not spec.findings
    return {t["copy"] for t in walk(spec.lets["target"]) if t.op == "jet"}


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("ema(v(z, t), 0.99)", {"ema(0.99)"}),
        ("ema(first, 0.99)", {"ema(0.99)"}),
        ("ema((first + v(z, t)) / 2, 0.99)", {"ema(0.99)"}),
        ("ema(twice(first) / 2, 0.5)", {"ema(0.5)"}),
        ("(first + ema(first, 0.99)) / 2", {"live", "ema(0.99)"}),
        ("ema(first, s)", {"ema(s)"}),
        ("ema(first, 1 - 0.1 * progress - 0.1)", {"ema(1 - 0.1 * progress - 0.1)"}),
    ],
)
def test_an_average_reaches_every_net_inside_and_behind_a_let(target: str, found: set[str]) -> None:
    assert copies(target) == found


class One(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(()))

    def forward(self, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return self.w * z


@pytest.mark.parametrize(("progress", "decay"), [(0.0, 0.9), (0.5, 0.7), (1.0, 0.5)])
def test_a_decay_may_follow_progress(progress: float, decay: float) -> None:
    net = One()
    spec = read_text(SPEC.replace("TARGET", "ema(first, 0.9 - 0.4 * progress)"))
    program = fmdsl.compile(spec, nets={"v": net})
    nn.init.ones_(net.w)
    program.follow(progress)
    (copy,) = program.copies.values()
    assert isinstance(copy, One)
    assert float(copy.w) == pytest.approx(1 - decay)


@pytest.mark.parametrize("decay", ["1.5", "2 * progress", "t", "1"])
def test_a_decay_outside_of_its_range_is_told(decay: str) -> None:
    spec = elaborate_spec(read_text(SPEC.replace("TARGET", f"ema(first, {decay})")))
    assert [f.rule for f in spec.findings] == ["ema_decay"]
