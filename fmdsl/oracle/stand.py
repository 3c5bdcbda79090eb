"""What stands in for a net: its truth, a free perturbation of it, or a random smooth function."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import torch
from torch import Tensor, nn

from fmdsl.oracle.namespace import DTYPE
from fmdsl.semantics.elaborated import Output, Slot

#: A net as a function of its arguments.
Function = Callable[..., Tensor]
#: Random features of a perturbation; the last is the constant.
FEATURES = 7


@final
class Features(nn.Module):
    """Smooth functions of everything a net reads, `[B, FEATURES]`; a label is read as a number."""

    turn: Tensor
    phase: Tensor

    def __init__(self, width: int, rng: torch.Generator) -> None:
        super().__init__()
        turn = torch.randn(width, FEATURES - 1, generator=rng, dtype=DTYPE)
        phase = 6.28 * torch.rand(FEATURES - 1, generator=rng, dtype=DTYPE)
        self.register_buffer("turn", turn)
        self.register_buffer("phase", phase)

    def forward(self, read: Tensor) -> Tensor:
        waves = torch.sin(read @ self.turn + self.phase)
        return torch.cat([waves, torch.ones_like(waves[:, :1])], 1)


@final
class Stand(nn.Module):
    """`truth + probe` for each output, the probe zero and linear in its parameters.

    Where a loss is stationary at the truth, the expected gradient in `probes` is zero.
    A `None` truth is replaced by a random smooth function with a Jacobian that is not
    symmetric, itself the parameter.
    """

    def __init__(
        self,
        outputs: Sequence[Output],
        truths: Sequence[Function | None],
        dimension: int,
        seed: int = 0,
    ) -> None:
        super().__init__()
        rng = torch.Generator().manual_seed(seed)
        self.inputs = outputs[0].inputs
        self.truths = tuple(truths)
        self.features = Features(_width(self.inputs, dimension), rng)
        sizes = [1 if o.kind in ("scalar", "logit") else dimension for o in outputs]
        self.scalar = tuple(o.kind in ("scalar", "logit") for o in outputs)
        self.probes = nn.ParameterList(
            torch.zeros(FEATURES, n, dtype=DTYPE)
            if truth is not None
            else 0.3 * torch.randn(FEATURES, n, generator=rng, dtype=DTYPE)
            for n, truth in zip(sizes, truths)
        )
        if any(s.kind == "label" for s in self.inputs):
            self.null_label = -1  # apart from the labels that data have

    def forward(self, *place: Any, seen: bool = False) -> Any:
        """The outputs; with `seen`, the features alone."""
        features = self.features(torch.cat(self._read(place), 1))
        if seen:
            return features
        made = [self._output(i, features, place) for i in range(len(self.truths))]
        return made[0] if len(self.truths) == 1 else tuple(made)

    def _output(self, i: int, seen: Tensor, place: Sequence[Any]) -> Tensor:
        truth = self.truths[i]
        free = seen @ self.probes[i]
        free = free[:, 0] if self.scalar[i] else free
        return free if truth is None else truth(*place) + free

    def _read(self, place: Sequence[Any]) -> list[Tensor]:
        return [torch.as_tensor(a, dtype=DTYPE).reshape(a.shape[0], -1) for a in place]

    def layer(self, name: str) -> nn.Module:
        """Every hidden layer that a spec asks for is the features."""
        return self.features


def _width(inputs: Sequence[Slot], dimension: int) -> int:
    widths = {"label": 1, "scalar": 1, "logit": 1, "feature": FEATURES}
    return sum(widths.get(s.kind, dimension) for s in inputs)
