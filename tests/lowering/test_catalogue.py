"""Every shipped spec compiles, and no pass changes its losses or gradients."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.program import Program
from fmdsl.passes import PASSES
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Output
from fmdsl.syntax.reader import read

SPECS = sorted(Path(__file__).parents[2].glob("specs/*/*.yaml"))
D, B, CLASSES, WIDTH = 2, 8, 4, 5
STATES = ("point", "noise", "tangent", "mean", "vector", "covector")


class Small(nn.Module):
    """A smooth network for any signature over small vectors; every layer has one width."""

    null_label = CLASSES

    def __init__(self, output: Output, kinds: list[str]) -> None:
        super().__init__()
        self.slots = [s.kind for s in output.inputs]
        sizes = {"scalar": 1, "feature": WIDTH, "label": 0}
        self.enter = nn.Linear(sum(sizes.get(k, D) for k in self.slots), WIDTH)
        self.label = nn.Embedding(CLASSES + 1, WIDTH)
        self.mid = nn.Linear(WIDTH, WIDTH)
        self.leave = nn.ModuleList(nn.Linear(WIDTH, D if k in STATES else 1) for k in kinds)
        for p in self.parameters():
            nn.init.normal_(p, std=0.5)
        self.double()

    def layer(self, name: str) -> str:
        """Whatever a spec calls its layers."""
        return "mid"

    def forward(self, *place: Tensor) -> Any:
        pairs = list(zip(place, self.slots, strict=True))
        numbers = [a[:, None] if a.ndim == 1 else a for a, k in pairs if k != "label"]
        h = self.enter(torch.cat(numbers, dim=1))
        for a in (a for a, k in pairs if k == "label"):
            h = h + self.label(a)
        h = torch.tanh(self.mid(torch.tanh(h)))
        out = [leave(h) for leave in self.leave]
        out = [o[:, 0] if o.shape[1] == 1 else o for o in out]
        return out[0] if len(out) == 1 else tuple(out)


def made(path: Path, passes: tuple[str, ...] | None) -> Program:
    torch.manual_seed(1)
    elaborated = elaborate_spec(read(path))
    nets = {
        name: Small(output, [o.kind for o in elaborated.outputs.values() if o.weights == name])
        for name, output in elaborated.weights.items()
    }
    return fmdsl.compile(path, nets=nets, passes=passes, debug=True)


def batch(program: Program) -> Any:
    torch.manual_seed(2)
    fields: dict[str, Tensor] = {}
    for drawn in program.drawing.data:
        for i, name in enumerate(drawn.names):
            field = drawn.law.fields[i] if drawn.law.fields else name
            label = field in ("label", "class", "labels") if drawn.law.fields else i > 0
            fields[field] = torch.randint(0, CLASSES, (B,)) if label else torch.randn(B, D).double()
    return fields or torch.randn(B, D).double()


def gradients(program: Program) -> dict[str, Tensor | None]:
    return {name: p.grad for name, p in program.named_parameters()}


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_no_pass_changes_losses_or_gradients(path: Path) -> None:
    plain, every = made(path, ()), made(path, tuple(PASSES))
    usual = made(path, None)
    data = batch(plain)
    for group in plain.objectives:
        drawn = usual.draw(data, group, torch.Generator().manual_seed(3), progress=0.5)
        losses = [p(data, group, draws=drawn, progress=0.5)[group] for p in (plain, every, usual)]
        assert torch.isfinite(losses[0])
        for program, loss in zip((plain, every, usual), losses):
            program.zero_grad()
            loss.backward()
        for program, loss in zip((every, usual), losses[1:]):
            torch.testing.assert_close(loss, losses[0], rtol=1e-9, atol=1e-12)
            for name, expected in gradients(plain).items():
                found = gradients(program)[name]
                assert (found is None) == (expected is None), name
                torch.testing.assert_close(found, expected, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_samples_have_the_shape_of_the_noise(path: Path) -> None:
    program = made(path, None)
    if program.sampler is None:
        pytest.skip("the spec says nothing of samples")
    noise = torch.randn(3, D).double()
    steps = 4 if program.sampler.rule.kind == "velocity" else None
    assert program.sample(noise, steps=steps).shape == noise.shape
