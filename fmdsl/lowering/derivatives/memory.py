"""What the tape of a forward takes, and what the device still has: measured, not guessed."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.derivative import first_tensor
from fmdsl.lowering.derivatives.tape import Draws, beside

MEMINFO = Path("/proc/meminfo")
#: So many tapes that what is free need not be told to the byte.
MANY = 100


@dataclass(frozen=True, slots=True)
class Memory:
    """In bytes. tape: of one forward of a net on `rows` rows. free: what can still be had."""

    tape: float
    rows: int
    free: float

    @property
    def tapes(self) -> float:
        """How many of these tapes fit."""
        return self.free / self.tape if self.tape else float("inf")

    def __str__(self) -> str:
        """As `compile --explain` tells it."""
        room = f"over {MANY} fit" if self.tapes > MANY else f"{_size(self.free)} are free"
        return f"a tape of {self.rows} rows takes {_size(self.tape)}, {room}"


def _size(count: float) -> str:
    for unit in ("B", "kB", "MB"):
        if count < 1000:
            return f"{count:.3g} {unit}"
        count /= 1000
    return f"{count:.3g} GB"


def memory(net: nn.Module, primals: Sequence[Any]) -> Memory | None:
    """For a forward of `net` at these arguments, in the precision that is on.

    What is free is counted less the gradients of the net that are still to be made. None
    where the device does not say, or the net cannot be called on few rows.
    """
    device = first_tensor(primals).device
    unused, each, rows = free(device), _tape_of_a_row(net, primals), rows_of(primals)
    if unused is None or each is None:
        return None
    return Memory(each * rows, rows, max(0, unused - _gradients(net)))


def rows_of(primals: Sequence[Any]) -> int:
    """How many rows a net is called on."""
    for value in primals:
        if isinstance(value, Tensor) and value.ndim:
            return value.shape[0]
    return 1


def free(device: torch.device) -> int | None:
    """Bytes that can be had on a device: what torch keeps for later use counts as free."""
    if device.type == "cuda":
        unused, _ = torch.cuda.mem_get_info(device)
        return unused + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return _available() if device.type == "cpu" else None


def _available() -> int | None:
    """What Linux says is available to a new process; elsewhere the pages that are unused."""
    with contextlib.suppress(OSError, StopIteration):
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
        said = next(line for line in lines if line.startswith("MemAvailable:"))
        return 1024 * int(said.split()[1])
    with contextlib.suppress(AttributeError, OSError, ValueError):
        return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _gradients(net: nn.Module) -> int:
    return sum(p.nbytes for p in net.parameters() if p.requires_grad and p.grad is None)


def _tape_of_a_row(net: nn.Module, primals: Sequence[Any]) -> float | None:
    """By how much the tape of four rows is longer than that of two: weights are in both."""
    try:
        with Draws(primals).again():
            two, four = (_saved(net, _some(primals, rows)) for rows in (2, 4))
    except (RuntimeError, NotImplementedError):
        return None
    return (four - two) / 2


def _some(primals: Sequence[Any], rows: int) -> list[Any]:
    """The first rows of every argument, again and again."""
    return [
        p.detach()[torch.arange(rows, device=p.device) % len(p)]
        if isinstance(p, Tensor) and p.ndim
        else p
        for p in primals
    ]


def _saved(net: nn.Module, primals: Sequence[Any]) -> int:
    """Bytes that a forward saves for its backward, each memory counted once."""
    kept: dict[int, Tensor] = {}

    def pack(saved: Tensor) -> Tensor:
        kept[saved.untyped_storage().data_ptr()] = saved
        return saved

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(pack, lambda x: x):
        _out = beside(net)(*primals)
    return sum(saved.untyped_storage().nbytes() for saved in kept.values())
