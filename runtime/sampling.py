"""Samples of a program: a number of steps, labels, and noise that a seed fixes."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
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


def starting_noise(data: Data, n: int, seed: int, dtype: torch.dtype) -> Tensor:
    """`[n, ...]` standard noise that depends on `seed` and `n` alone."""
    source = generator("cpu", seed, "samples")
    return torch.randn(n, *data.point_shape, generator=source, dtype=dtype)


def wanted_labels(data: Data, n: int, label: int | None) -> Tensor | None:
    """Every class in turn, or `label` alone; None where the data have none."""
    return data.labels(n) if label is None else torch.full((n,), label)


def draw_samples(
    program: Any,
    e: Elaborated,
    data: Data,
    *,
    n: int,
    nets: Mapping[str, nn.Module],
    steps: int | None = None,
    times: Sequence[float] | None = None,
    label: int | None = None,
    seed: int = 0,
    solver: str | None = None,
    gamma: float = 0.0,
) -> Tensor:
    """`[n, ...]` samples on the CPU; every class in turn, or `label` alone.

    The noise depends on `seed` and `n` alone: the same for any method, number of steps and
    device. Without steps and times the spec's own levels are visited.
    """
    like = next(iter(next(iter(nets.values())).parameters()))
    noise, labels = starting_noise(data, n, seed, like.dtype), wanted_labels(data, n, label)
    options: dict[str, Any] = {"gamma": gamma} | ({} if solver is None else {"solver": solver})
    if e.sampler is not None and e.sampler.kind != "draw":
        options |= {"steps": steps, "times": times}
    parts: list[Tensor] = []
    with torch.no_grad(), _evaluating(nets):
        for i in range(0, n, CHUNK):
            given = None if labels is None else labels[i : i + CHUNK].to(like.device)
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
