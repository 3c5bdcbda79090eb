"""A program in a loop of one's own over two processes, wrapped whole: as in one process."""

from __future__ import annotations

import os
import socket
import warnings
from typing import Any

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from torch import Tensor, nn
from torch.distributed.fsdp import fully_shard

import fmdsl
from fmdsl.lowering.error import CompileError
from fmdsl.lowering.program import Program
from fmdsl.lowering.rng import Random
from fmdsl.runtime.ending import end
from fmdsl.syntax.reader import read_text
from tests.lowering.nets import Net, batch, compiled

#: A spec, the group, and how it is wrapped.
CASES = [
    ("meanflow", "u", "ddp"),
    ("meanflow", "u", "ddp compiled"),
    ("dmd2", "G", "ddp"),
    ("dmd2", "f+disc", "ddp"),
    ("meanflow", "u", "fsdp"),
    ("tvm", "F", "fsdp"),
    ("dmd2", "G", "fsdp"),
    ("dmd2", "f+disc", "fsdp"),
    ("tvm", "F", "fsdp late"),
    ("meanflow", "u", "fsdp compiled"),
]
ROWS = 8
SHARED = """spec: shared
nets:
  u: student(point@t, t, label) -> tangent
draw:
  x, c: data
  e: noise
  k: shared(uniform(0, 1))
  t: uniform(0, k)
let:
  z: path(x, e, t)
minimize:
  u: mse(u(z, t, c), D(z, t))
"""


def posed(spec: str, group: str) -> tuple[Program, dict[str, Tensor]]:
    """The same in every process: weights, and draws on which no rows are counted equal."""
    torch.manual_seed(0)
    program = compiled(spec)
    return program, dict(program.draw(batch(ROWS), group))


def wrapped(program: Program, how: str) -> nn.Module:
    if how == "fsdp late":
        program(batch(ROWS))  # its derivatives are planned and traced while weights are whole
    if how.endswith("compiled"):
        program.compile(backend="aot_eager")
    if how.startswith("fsdp"):
        for net in program.nets.children():
            for block in (net.enter, net.mid):
                fully_shard(block)
        return fully_shard(program)
    return nn.parallel.DistributedDataParallel(program, find_unused_parameters=True)


def gradients(module: nn.Module) -> list[Tensor]:
    found = [p.grad for p in module.parameters() if p.grad is not None]
    return [g.full_tensor() if hasattr(g, "full_tensor") else g for g in found]


def work(rank: int, port: int, box: Any) -> None:
    os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    torch.set_num_threads(1)
    dist.init_process_group("gloo", rank=rank, world_size=2)
    half = slice(rank * ROWS // 2, (rank + 1) * ROWS // 2)
    for case in CASES:
        spec, group, how = case
        program, draws = posed(spec, group)
        mine = {n: v[half] for n, v in draws.items()}
        whole = wrapped(program, how)
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            loss = whole(mine["x"], group, draws=mine)[group]
        loss.backward()
        program.follow()
        total = loss.detach().clone()
        dist.all_reduce(total)
        grads = gradients(program)
        if rank == 0:
            box[case] = (total / 2, [g.clone() for g in grads])
            box["told", how] = [str(w.message) for w in told]
    torch.manual_seed(rank)
    program, data = fmdsl.compile(read_text(SHARED), nets={"u": Net(1).double()}), batch(4)
    with pytest.raises(CompileError, match="each process would draw its own"):
        program.draw(data)
    rng = Random(torch.Generator().manual_seed(rank), torch.Generator().manual_seed(7))
    box["shared", rank] = dict(program.draw(data, rng=rng))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        program(batch(4), draws=box["shared", rank])
    box["told", rank] = [str(w.message) for w in told]
    dist.barrier()
    dist.destroy_process_group()
    end(0)


@pytest.fixture(scope="module")
def found() -> dict[Any, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with mp.get_context("spawn").Manager() as manager:
        box = manager.dict()
        mp.spawn(work, args=(port, box), nprocs=2)
        return dict(box)


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_two_processes_have_the_loss_and_gradient_of_one(found: Any, case: Any) -> None:
    """And no gradient where the group moves nothing."""
    spec, group, _ = case
    program, draws = posed(spec, group)
    loss = program(draws["x"], group, draws=draws)[group]
    loss.backward()
    torch.testing.assert_close(found[case][0], loss.detach())
    torch.testing.assert_close(found[case][1], gradients(program), rtol=1e-7, atol=1e-10)


@pytest.mark.slow
def test_a_sharded_program_is_not_compiled_and_says_so(found: Any) -> None:
    why = "`u` is not compiled and runs eagerly: its weights are sharded"
    assert any(text.startswith(why) for text in found["told", "fsdp compiled"])


@pytest.mark.slow
def test_what_is_shared_is_one_value_for_all_processes(found: Any) -> None:
    first, second = found["shared", 0], found["shared", 1]
    assert torch.equal(first["k"], second["k"])
    assert not torch.equal(first["e"], second["e"])


@pytest.mark.slow
def test_a_program_that_nothing_wraps_says_that_its_gradients_stay_apart(found: Any) -> None:
    assert any("DistributedDataParallel(program" in text for text in found["told", 1])


def test_a_net_that_is_wrapped_itself_is_refused() -> None:
    class Wrapped(nn.parallel.DistributedDataParallel):
        def __init__(self) -> None:
            nn.Module.__init__(self)

    with pytest.raises(CompileError, match="wrap the whole program"):
        fmdsl.compile("meanflow", nets={"u": Wrapped()})
