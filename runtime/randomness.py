"""Where random numbers come from: a seed for every draw, and the state of the rest."""

from __future__ import annotations

import hashlib
import random
from typing import Any, cast

import numpy as np
import torch


def generator(device: torch.device | str, *place: int | str) -> torch.Generator:
    """A generator that depends on its place in the run alone: seed, step, group, part, rank.

    What is drawn at a step is then the same however the run came to it.
    """
    return torch.Generator(device).manual_seed(seed_of(*place))


def seed_of(*place: int | str) -> int:
    """A seed that depends on every part of its place."""
    digest = hashlib.sha256("/".join(map(str, place)).encode()).digest()
    return int.from_bytes(digest[:7], "big")


def seed_everything(seed: int) -> None:
    """The global generators of torch, numpy and python."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    torch.manual_seed(seed)


def state() -> dict[str, Any]:
    """The state of every global generator, as a tree that a checkpoint can hold."""
    name, keys, position, has_gauss, gauss = cast(tuple[Any, ...], np.random.get_state())
    cuda = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    return {
        "torch": torch.get_rng_state(),
        "cuda": cuda,
        "numpy": (name, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        "python": random.getstate(),
    }


def restore(saved: dict[str, Any]) -> None:
    """The global generators go on where `state` left them."""
    torch.set_rng_state(saved["torch"])
    if torch.cuda.is_available() and saved["cuda"]:
        torch.cuda.set_rng_state_all(saved["cuda"])
    name, keys, *others = saved["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *others))
    random.setstate(saved["python"])
