"""Two processes see the loss and gradient of one, with the derivative inside the module."""

from __future__ import annotations

import os
import socket
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard

from fmdsl.lowering.derivatives import (
    Derivative,
    DerivativeError,
    DoubleBackward,
    Exact,
    FiniteDifference,
    ForwardAD,
    Traced,
)
from fmdsl.runtime.ending import end
from tests.derivatives.backbones import Mlp

CASES: list[tuple[Derivative, bool]] = [
    (Exact(), False),
    (Exact(), True),
    (Traced(), False),
    (Traced(), True),
    (ForwardAD(), False),
    (DoubleBackward(), False),
    (FiniteDifference(), False),
    (FiniteDifference(), True),
]


class Objective(nn.Module):
    """A loss whose forward takes the derivative: what DDP must wrap."""

    def __init__(self, derivative: Derivative, record: bool) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net, self.derivative, self.record = Mlp("layer").double(), derivative, record
        self.register_buffer("scale", torch.ones((), dtype=torch.float64))

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor) -> Tensor:
        along = (z.cos(), None, torch.ones_like(t), None)
        u, du = self.derivative(self.net, (z, r, t, label), along, record=self.record)
        goal = -0.3 * (du if self.record else du.detach())
        return (self.scale * (u - goal).square()).mean()


def batch() -> tuple[Tensor, ...]:
    torch.manual_seed(1)
    z, t = torch.randn(4, 4, dtype=torch.float64), torch.rand(4, dtype=torch.float64)
    return z, 0.3 * t, t, torch.tensor([0, 1, 2, 0])


def gradients(module: nn.Module) -> list[Tensor]:
    return [p.grad.clone() for p in module.parameters() if p.grad is not None]


def shard(objective: Objective) -> Objective:
    """By block, then the rest."""
    for block in (objective.net.enter, objective.net.middle):
        fully_shard(block)
    return fully_shard(objective)


def same(found: list[Tensor], want: list[Tensor]) -> bool:
    return all(
        torch.allclose(a, b, rtol=1e-7, atol=1e-10) for a, b in zip(found, want, strict=True)
    )


def work(rank: int, port: int, box: Any) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    for place, (derivative, record) in enumerate(CASES):
        wrapped = nn.parallel.DistributedDataParallel(Objective(derivative, record))
        loss = wrapped(*(x[2 * rank : 2 * rank + 2] for x in batch()))
        loss.backward()
        total = loss.detach().clone()
        dist.all_reduce(total)
        if rank == 0:
            box[place] = (total / 2, gradients(wrapped))
        with pytest.raises(DerivativeError, match="wrap the whole program"):
            derivative(wrapped, batch(), (None,) * 4, record=False)
        if isinstance(derivative, DoubleBackward):
            continue
        sharded = shard(Objective(derivative, record))
        sharded(*(x[2 * rank : 2 * rank + 2] for x in batch())).backward()
        whole = [p.grad.full_tensor() for p in sharded.parameters() if p.grad is not None]
        if rank == 0:
            box[place, "sharded"] = whole
    dist.barrier()
    dist.destroy_process_group()
    end(0)


@pytest.mark.slow
def test_two_processes_have_the_gradient_of_one() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with mp.get_context("spawn").Manager() as manager:
        box = manager.dict()
        mp.spawn(work, args=(port, box), nprocs=2)
        for place, (derivative, record) in enumerate(CASES):
            single = Objective(derivative, record)
            loss = single(*batch())
            loss.backward()
            found, grads = box[place]
            assert torch.allclose(found, loss.detach(), rtol=1e-9)
            assert same(grads, gradients(single)), derivative.name
            if (place, "sharded") in box:
                assert same(box[place, "sharded"], gradients(single)), derivative.name
