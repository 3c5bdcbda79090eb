"""Samples of a program: a number of steps, labels, and noise that a seed fixes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.runtime.data import Data
from fmdsl.runtime.randomness import generator
from fmdsl.semantics.elaborated import Elaborated

#: At most so many samples go through the nets at once.
CHUNK = 1024


def step_counts(e: Elaborated, wanted: Iterable[int]) -> tuple[int, ...]:
    """The numbers of steps that a method can sample by: a one-shot generator has one."""
    if e.sampler is None:
        return ()
    return (1,) if e.sampler.kind == "draw" else tuple(dict.fromkeys(wanted))


def draw_samples(
    program: Any,
    e: Elaborated,
    data: Data,
    *,
    n: int,
    steps: int,
    nets: Mapping[str, nn.Module],
    label: int | None = None,
    seed: int = 0,
    solver: str | None = None,
) -> Tensor:
    """`[n, ...]` samples on the CPU; every class in turn, or `label` alone.

    The noise depends on `seed` and `n` alone: the same for any method, number of steps and
    device.
    """
    like = next(iter(next(iter(nets.values())).parameters()))
    source = generator("cpu", seed, "samples")
    noise = torch.randn(n, *data.point_shape, generator=source, dtype=like.dtype)
    labels = data.labels(n) if label is None else torch.full((n,), label)
    parts: list[Tensor] = []
    with torch.no_grad(), _evaluating(nets):
        for i in range(0, n, CHUNK):
            given = None if labels is None else labels[i : i + CHUNK].to(like.device)
            options: dict[str, Any] = {} if solver is None else {"solver": solver}
            if e.sampler is not None and e.sampler.kind != "draw":
                options["steps"] = steps
            part = noise[i : i + CHUNK].to(like.device)
            fresh = generator(like.device, seed, "fresh", i)
            made = program.sample(part, label=given, nets=nets, rng=fresh, **options)
            parts.append(made.float().cpu())
    return torch.cat(parts)


@contextmanager
def _evaluating(nets: Mapping[str, nn.Module]) -> Generator[None]:
    """Nets in evaluation mode, and back."""
    before = [net.training for net in nets.values()]
    for net in nets.values():
        net.eval()
    try:
        yield
    finally:
        for net, training in zip(nets.values(), before, strict=True):
            net.train(training)
