"""Which weights the gradient of a group does not reach, found before several processes meet."""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn

from fmdsl.graph.node import Graph
from fmdsl.lowering.batch import Batch, first_of
from fmdsl.lowering.branches import truths
from fmdsl.lowering.drawing import alike
from fmdsl.lowering.program import Program
from fmdsl.lowering.whole import untouched

#: Shares of training at which the branches on `progress` are looked at.
POINTS = 100


def unreached(program: Program, group: str, batch: Batch) -> list[nn.Parameter]:
    """Of the weights that a group moves, those that some of its updates leave alone.

    A head that the loss does not read, layers after the deepest one tapped. The group is run
    on `batch` with its backward, once for each way in which its branches fall, and leaves no
    trace: no gradient, no random state.
    """
    weights = [p for p in program.trained(group) if p.requires_grad]
    found = dict[nn.Parameter, None]()
    with untouched(program.nets, first_of(batch).device):
        for progress in _turns(program.groups.graphs.plain[group]):
            found |= dict.fromkeys(_left(program, group, batch, progress, weights))
    return list(found)


def _left(
    program: Program, group: str, batch: Batch, progress: float, weights: list[nn.Parameter]
) -> Iterable[nn.Parameter]:
    drawn = program.drawing(batch, group, alike(), {}, progress, ())
    loss = torch.as_tensor(program.ready.attempt(group, drawn, progress, taped=True)).mean()
    if not loss.requires_grad:
        return weights
    back = torch.autograd.grad(loss, weights, allow_unused=True)
    return (p for p, g in zip(weights, back, strict=True) if g is None)  # pyright: ignore


def _turns(graph: Graph) -> Iterable[float]:
    """A share of training for each way in which the graph's branches fall."""
    return {truths(graph, i / POINTS): i / POINTS for i in range(POINTS + 1)}.values()
