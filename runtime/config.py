"""A run's config: every choice that is not mathematics, with defaults good for the digits."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

T = TypeVar("T")

#: Keys that may change when a run goes on: how long, how often, how it is looked at, where.
FREE = ("steps", "minutes", "log", "sample", "eval", "checkpoint", "init", "distributed")


def least(default: T, bound: float, *, above: bool = False) -> T:
    """A field whose value is at least `bound`, or above it."""
    return field(default=default, metadata={"least": bound, "above": above})


#: Marks the field that takes a section's other keys, as they are.
REST = {"rest": True}


@dataclass(frozen=True, slots=True)
class DataChoice:
    """`data: digits`, or `data: {name: faces/, size: 32}` with the options of that kind."""

    name: str = "digits"
    options: dict[str, Any] = field(default_factory=dict[str, Any], metadata=REST)


@dataclass(frozen=True, slots=True)
class NetChoice:
    """`u: {backbone: unet, channels: 64}`; without a backbone, the one that suits the data."""

    backbone: str | None = None
    options: dict[str, Any] = field(default_factory=dict[str, Any], metadata=REST)


@dataclass(frozen=True, slots=True)
class OptimizerChoice:
    """How one net moves. `warmup` counts updates; `decay` runs over the whole training."""

    kind: Literal["adamw", "adam", "radam", "sgd"] = "adamw"
    lr: float = least(1e-3, 0)
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = least(0.0, 0)
    eps: float = least(1e-8, 0)
    warmup: int = least(100, 0)
    decay: Literal["none", "cosine", "linear"] = "none"


@dataclass(frozen=True, slots=True)
class LogChoice:
    """A line of log.jsonl and a point of TensorBoard `every` so many steps."""

    every: int = least(50, 1)
    tensorboard: bool = True
    progress: bool = True


@dataclass(frozen=True, slots=True)
class SampleChoice:
    """Pictures while training: `n` samples by each number of `steps`, from one fixed noise."""

    every: int | None = least(1000, 1)
    n: int = least(100, 1)
    steps: tuple[int, ...] = (1, 2, 4)
    seed: int = 0


@dataclass(frozen=True, slots=True)
class EvalChoice:
    """Metrics `every` so many steps or `minutes`, and at the end; `n` samples at most."""

    every: int | None = least(None, 1)
    minutes: float | None = least(None, 0, above=True)
    at_end: bool = True
    n: int = least(1000, 2)
    metrics: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class CheckpointChoice:
    """A checkpoint `every` so many steps and `minutes`; the newest `keep` of them stay."""

    every: int | None = least(1000, 1)
    minutes: float | None = least(5.0, 0, above=True)
    keep: int = least(2, 1)


@dataclass(frozen=True, slots=True)
class Config:
    """Everything a run was told. Written to its folder with nothing left out.

    `optimizer` is by net, `default` for the others. Training ends after `steps` or `minutes`,
    whichever comes first. `batch` is the number of examples of one update over all
    processes and all `accumulate` parts. `clip` bounds the norm of a group's gradient.
    `distributed` is how several processes hold the weights: each all of them (`ddp`), or
    each a part (`fsdp`).
    """

    spec: str = ""
    data: DataChoice = DataChoice()
    nets: dict[str, NetChoice] = field(default_factory=dict[str, NetChoice])
    optimizer: dict[str, OptimizerChoice] = field(default_factory=dict[str, OptimizerChoice])
    batch: int = least(128, 1)
    accumulate: int = least(1, 1)
    steps: int | None = least(None, 1)
    minutes: float | None = least(None, 0, above=True)
    ema: float | None = least(0.999, 0)
    clip: float | None = least(1.0, 0, above=True)
    precision: Literal["fp32", "bf16", "fp16", "fp64"] = "fp32"
    seed: int = least(0, 0)
    device: str = "auto"
    threads: int | None = least(None, 1)
    settings: dict[str, float] = field(default_factory=dict[str, float])
    derivative: str = "auto"
    compile: bool = False
    distributed: Literal["ddp", "fsdp"] = "ddp"
    init: dict[str, str] = field(default_factory=dict[str, str])
    log: LogChoice = LogChoice()
    sample: SampleChoice = SampleChoice()
    eval: EvalChoice = EvalChoice()
    checkpoint: CheckpointChoice = CheckpointChoice()

    def optimizer_of(self, net: str) -> OptimizerChoice:
        """The optimizer of a net: its own, else the default one."""
        return self.optimizer.get(net) or self.optimizer.get("default") or OptimizerChoice()

    @property
    def last_step(self) -> int | None:
        """Where training ends; None when only the clock ends it."""
        if self.steps is None and self.minutes is None:
            return 4000
        return self.steps

    def progress(self, step: int, seconds: float) -> float:
        """The share of training done, 0 to 1."""
        shares = [step / self.last_step] if self.last_step is not None else []
        if self.minutes is not None:
            shares.append(seconds / (60 * self.minutes))
        return min(1.0, max(shares))
