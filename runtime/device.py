"""Where a run computes, and in what precision."""

from __future__ import annotations

import contextlib
import os
from typing import cast

import torch

from fmdsl.runtime.config import Config
from fmdsl.runtime.fault import ConfigError, RunError

DTYPES = {"bf16": torch.bfloat16, "fp16": torch.float16}


def choose(name: str, local: int = 0) -> torch.device:
    """The device of a name; `auto` is the best there is. Raises where it is absent."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ConfigError(f"`{name}` is no device", "auto, cpu, cuda, cuda:1 or mps") from None
    if device.type == "cuda":
        return _cuda(device, local)
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise RunError("there is no mps device here", "give --device cpu")
    if device.type not in ("cpu", "mps"):
        raise ConfigError(f"`{name}` is no device here", "auto, cpu, cuda, cuda:1 or mps")
    return device


def _cuda(device: torch.device, local: int) -> torch.device:
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    named = cast(int | None, device.index)  # None where the name has no number
    index = local if named is None else named
    if index >= count:
        raise RunError(
            f"`{device}` was asked for, but torch sees {count or 'no'} CUDA devices",
            "give --device cpu, or install a CUDA build of torch",
        )
    return torch.device("cuda", index)


def prepare(device: torch.device) -> None:
    """Kernels that give the same bits every time, where there is a choice."""
    if device.type == "cuda":
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.cuda.set_device(device)
        torch.backends.cudnn.benchmark = False
        torch.utils.deterministic.fill_uninitialized_memory = False  # pyright: ignore
        torch.use_deterministic_algorithms(True, warn_only=True)


def autocast(
    config: Config, device: torch.device, *, cached: bool = True
) -> contextlib.AbstractContextManager[object]:
    """Mixed precision where the config asks for it; clocks stay in float32.

    cached: casts of weights are kept until the end, which sharded ones have no room for.
    """
    if config.precision not in DTYPES:
        return contextlib.nullcontext()
    return torch.autocast(device.type, DTYPES[config.precision], cache_enabled=cached)


def dtype(config: Config) -> torch.dtype:
    """The precision in which weights are kept."""
    return torch.float64 if config.precision == "fp64" else torch.float32
