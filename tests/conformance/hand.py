"""A compiled spec against its formula written by hand: same nets, same draws, float64."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import torch
from torch import Tensor, func, nn

import fmdsl
from fmdsl.lowering.program import Program
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.syntax.reader import read

B, D, CLASSES, WIDTH = 8, 3, 4, 7
NUMBERS = ("scalar", "logit")


class Net(nn.Module):
    """Whatever a signature asks for: states, numbers and a label to vectors or numbers.

    Its weights are not symmetric, so that a vector-Jacobian product taken for a
    Jacobian-vector product shows. Label -1 is the empty one; `mid` is its hidden layer.
    """

    null_label = CLASSES

    def __init__(self, slots: list[str], outputs: list[str]) -> None:
        super().__init__()
        self.slots, self.outputs = slots, outputs
        sizes = {"label": 0, "number": 1, "feature": WIDTH}
        self.table = nn.Embedding(CLASSES + 1, WIDTH)
        self.enter = nn.Linear(sum(sizes.get(s, D) for s in slots), WIDTH)
        self.mid = nn.Linear(WIDTH, WIDTH)
        self.leave = nn.ModuleList(nn.Linear(WIDTH, 1 if o in NUMBERS else D) for o in outputs)
        for p in self.parameters():
            nn.init.normal_(p, std=0.6)

    def forward(self, *place: Tensor) -> Any:
        hidden = torch.sin(self.mid(self.entered(*place)))
        found = [leave(hidden) for leave in self.leave]
        found = [a[:, 0] if o in NUMBERS else a for a, o in zip(found, self.outputs)]
        return found[0] if len(found) == 1 else tuple(found)

    def entered(self, *place: Tensor) -> Tensor:
        numbers = [a[:, None] if a.ndim == 1 else a for a in self._of("label", place, False)]
        h = self.enter(torch.cat(numbers, dim=1))
        for label in self._of("label", place, True):
            h = h + self.table(torch.where(label < 0, CLASSES, label))
        return torch.tanh(h)

    def _of(self, kind: str, place: tuple[Tensor, ...], wanted: bool) -> list[Tensor]:
        return [a for s, a in zip(self.slots, place) if (s == kind) is wanted]


def net_for(spec: Elaborated, output: Output) -> Net:
    """A fresh net for a signature."""
    slots = ["number" if s.clock or s.kind in NUMBERS else s.kind for s in output.inputs]
    outputs = [o.kind for o in spec.outputs.values() if o.weights == output.weights]
    return Net(slots, outputs).double()


def compiled(name: str, settings: Mapping[str, float] | None = None, seed: int = 0) -> Program:
    """A spec of the catalogue with fresh nets; averages are moved away from their nets."""
    torch.manual_seed(seed)
    spec = elaborate_spec(read(name))
    nets = {n: net_for(spec, o) for n, o in spec.weights.items()}
    program = fmdsl.compile(name, nets=nets, settings=settings)
    with torch.no_grad():
        for p in program.copies.parameters():
            p += 0.2 * torch.randn_like(p)
    return program


class Nets:
    """`n.u` is the net, `n.ema("u")` its moving average."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def __getattr__(self, name: str) -> Any:
        return self._program.weights[name]

    def ema(self, name: str) -> Any:
        (found,) = [m for k, m in self._program.copies.items() if k.startswith(f"{name} ")]
        return found


class Drawn(SimpleNamespace):
    """Draws by name (a prime is `_`), and `progress`."""


#: nets, draws to the loss of a group, the mean over the batch.
Formula = Callable[[Nets, Any], Tensor]


def agree(
    name: str,
    formula: Formula,
    group: str | None = None,
    *,
    settings: Mapping[str, float] | None = None,
    progress: float = 0.0,
    seeds: tuple[int, ...] = (0, 1),
) -> None:
    """The loss and every gradient of a group are those of the formula, for several draws.

    The first time equal rows are where the program counts on them, then they are not.
    """
    for seed in seeds:
        program = compiled(name, settings, seed)
        data, which = batch(program), group or next(iter(program.objectives))
        drawn = program.draw(data, which, progress=progress)
        given = drawn if seed == 0 else dict(drawn)
        loss = program(data, which, draws=given, progress=progress)[which]
        loss.backward()
        names = {n.replace("'", "_"): v for n, v in drawn.items()}
        expected = formula(Nets(program), Drawn(**names, progress=progress))
        close(loss, expected)
        moved = {program.spec.outputs[n].weights for n in program.objectives[which].nets}
        for key, net in program.weights.items():
            found = [p.grad for p in net.parameters()]
            if key in moved:
                close(found, _gradients(net, expected))
            else:
                assert not any(g is not None for g in found), f"{which} left gradient in {key}"


def batch(program: Program) -> dict[str, Tensor]:
    """Data, labels, and the noise of each image where the spec asks for it."""
    generator = torch.Generator().manual_seed(B)
    x, noise = torch.randn(2, B, D, dtype=torch.float64, generator=generator)
    found = {"pixels": 0.5 + x, "label": torch.randint(0, CLASSES, (B,), generator=generator)}
    paired = any("noise" in d.law.fields for d in program.spec.draws)
    return found | ({"noise": noise} if paired else {})


def _gradients(net: nn.Module, loss: Tensor) -> list[Tensor | None]:
    found = torch.autograd.grad(loss, list(net.parameters()), retain_graph=True, allow_unused=True)
    return list(found)


#: nets, state, level, next level, label, new noise to the next state.
Step = Callable[[Nets, Tensor, Tensor, Tensor, Tensor, Tensor], Tensor]


def step_agrees(
    name: str,
    step: Step,
    t: float,
    s: float,
    scale: float = 1.0,
    settings: Mapping[str, float] | None = None,
) -> None:
    """One step of the sampler from t to s is the one written by hand.

    It begins with `scale` times standard noise: the path's share at the first of its times.
    """
    program = compiled(name, settings)
    z, label = 2 * batch(program)["pixels"], batch(program)["label"]
    fresh = torch.randn(z.shape, dtype=z.dtype, generator=torch.Generator().manual_seed(7))
    rng = torch.Generator().manual_seed(7)
    found = program.sample(z, label=label, times=(t, s), rng=rng)
    with torch.no_grad():
        close(found, step(Nets(program), scale * z, const(t), const(s), label, fresh))


def close(found: Any, expected: Any) -> None:
    """To nine digits; what a formula does not reach has no gradient, or one that is zero."""
    pairs = zip(found, expected, strict=True) if isinstance(found, list) else [(found, expected)]
    for a, b in pairs:
        given = a if b is None else b
        if given is not None:
            mine, theirs = (torch.zeros_like(given) if v is None else v for v in (a, b))
            torch.testing.assert_close(mine, theirs, rtol=1e-9, atol=1e-12)


# ---- words of the formulas


def const(value: float) -> Tensor:
    return torch.full((B,), value, dtype=torch.float64)


NULL = torch.full((B,), -1)
ONE, ZERO = const(1.0), const(0.0)


def wide(t: Tensor) -> Tensor:
    """A number per example, to meet a vector."""
    return t[:, None]


def jvp(function: Callable[..., Any], at: tuple[Any, ...], along: tuple[Any, ...]) -> Any:
    """The function's value at a place and its derivative along a direction, by torch alone."""
    value, slope = func.jvp(function, at, along)[:2]
    return value, slope


def linear(d: Any, t: Tensor, e: Tensor | None = None) -> Tensor:
    """The state at t on the straight path."""
    return wide(1 - t) * d.x + wide(t) * (d.e if e is None else e)


def sse(a: Tensor, b: Tensor | float = 0.0) -> Tensor:
    return ((a - b) ** 2).sum(1)


def mse(a: Tensor, b: Tensor | float = 0.0) -> Tensor:
    return ((a - b) ** 2).mean(1)
