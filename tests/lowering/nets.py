"""Small smooth networks in float64, and programs of them with fixed inputs."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.program import Program

B, D, CLASSES = 8, 3, 4


class Net(nn.Module):
    """A state, some clocks and a label to a state; `mid` is its hidden layer."""

    null_label = CLASSES

    def __init__(self, clocks: int, out: int = D, reads: int = D) -> None:
        super().__init__()
        self.label = nn.Embedding(CLASSES + 1, 6)
        self.enter = nn.Linear(reads + clocks, 6)
        self.mid = nn.Linear(6, 6)
        self.leave = nn.Linear(6, out)
        self.out = out

    def forward(self, z: Tensor, *rest: Tensor) -> Tensor:
        *clocks, label = rest
        numbers = torch.cat([z, *(t[:, None] for t in clocks)], dim=1)
        h = torch.tanh(self.enter(numbers) + self.label(label))
        h = self.leave(torch.sin(self.mid(h)))
        return h[:, 0] if self.out == 1 else h


def joint() -> Net:
    """`(z, r, t, label)`."""
    return _random(Net(2))


def marginal() -> Net:
    """`(z, t, label)`."""
    return _random(Net(1))


def head() -> Net:
    """`(feature, t, label) -> logit`."""
    return _random(Net(1, out=1, reads=6))


def _random(net: Net) -> Net:
    # asymmetric weights: a vector-Jacobian product taken for a jvp shows
    for p in net.parameters():
        nn.init.normal_(p, std=0.6)
    return net.double()


def nets(spec: str) -> dict[str, nn.Module]:
    """Fresh networks for each of the shipped specs."""
    made: dict[str, Any] = {
        "flow_matching": {"v": marginal},
        "meanflow": {"u": joint},
        "tvm": {"F": joint},
        "dmd2": {"G": marginal, "T": marginal, "f": marginal, "disc": head},
    }
    return {name: make() for name, make in made[spec].items()}


def compiled(spec: str, **options: Any) -> Program:
    return fmdsl.compile(spec, nets=nets(spec), debug=True, **options)


def batch(rows: int = B) -> dict[str, Tensor]:
    x = torch.randn(rows, D, dtype=torch.float64)
    return {"pixels": x, "label": torch.randint(0, CLASSES, (rows,))}


def gradients(net: nn.Module, loss: Tensor) -> list[Tensor]:
    """Of a formula written by hand; the net's `.grad` stays as it is."""
    return list(torch.autograd.grad(loss, list(net.parameters()), retain_graph=True))


def close(found: Any, expected: Any, rtol: float = 1e-9) -> None:
    torch.testing.assert_close(found, expected, rtol=rtol, atol=1e-12)


def left(net: nn.Module) -> list[Tensor | None]:
    """What a backward left in a net."""
    return [p.grad for p in net.parameters()]


def bare(net: nn.Module) -> bool:
    """Whether nothing was left in it."""
    return all(g is None for g in left(net))
