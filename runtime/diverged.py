"""A loss that is not a number: where it first went wrong, and what to try."""

from __future__ import annotations

from typing import Any

import torch

from fmdsl.runtime.fault import RunError
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.shards import whole

TRY = (
    "a lower rate (`--set optimizer.default.lr=...`), more warm-up, a smaller `clip`, "
    "`--set precision=fp32`, or another `--derivative`; "
    "then go on with --resume from the last checkpoint"
)


def diverged(
    problem: Problem,
    processes: Processes,
    group: str,
    batch: Any,
    progress: float,
    rng: Any,
    step: int,
) -> RunError:
    """The fault of a loss that is not finite in one process, told in all of them.

    It names the first node of the graph that is not finite.
    """
    bad = [
        f"{net}.{name}"
        for net, module in problem.nets.modules.items()
        for name, weight in module.named_parameters()
        if not bool(torch.isfinite(whole(weight)).all())
    ]
    if bad:
        where = f"the weights `{bad[0]}` are not finite"
    else:
        node = problem.program.first_nonfinite(batch, group=group, progress=progress, rng=rng)
        where = _first(processes.gather(node))
    return RunError(f"the loss of `{group}` at step {step} is not finite: {where}", f"try {TRY}")


def _first(nodes: list[str | None]) -> str:
    for rank, node in enumerate(nodes):
        if node is not None:
            place = f", in process {rank}" if len(nodes) > 1 else ""
            return f"the first value that is not finite is `{node}`{place}"
    return "its value only"


def diverged_gradient(problem: Problem, group: str, step: int) -> RunError:
    """The fault of a gradient that is not finite while the loss is."""
    bad = [
        f"{net}.{name}"
        for net in problem.moves(group)
        for name, weight in problem.nets.modules[net].named_parameters()
        if weight.grad is not None and not bool(torch.isfinite(whole(weight.grad)).all())
    ]
    which = f", first at the weights `{bad[0]}`" if bad else ""
    return RunError(
        f"the gradient of `{group}` at step {step} is not finite{which}, though its loss is",
        f"try {TRY}",
    )
