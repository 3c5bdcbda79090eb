"""A training run from its first step, or its last checkpoint, to its metrics."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from fmdsl.runtime import checkpoint, device, given, nets, randomness, resume
from fmdsl.runtime.bar import Bar
from fmdsl.runtime.config import Config
from fmdsl.runtime.config_text import Change, load_config, show_config
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.loop import Loop
from fmdsl.runtime.problem import Problem, accepted, load_data, pose
from fmdsl.runtime.processes import Processes, local_rank
from fmdsl.runtime.restore import restored
from fmdsl.runtime.shards import whole
from fmdsl.runtime.trainer import Trainer
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.show_spec import show_spec
from fmdsl.syntax.spec import Spec


@dataclass(frozen=True, slots=True)
class Ended:
    """How a run ended: where, at which step, and whether it was asked to stop early."""

    folder: RunFolder
    step: int
    stopped: bool
    command: str


def train(
    spec: str | Path | Spec | None,
    out: str | Path,
    config: Config | None = None,
    *,
    overwrite: bool = False,
) -> Ended:
    """Trains a spec from its first step and leaves everything in `out`.

    `spec` may be left out where the config names it. Raises Fault for a bad spec, RunError,
    ConfigError, DataError or BackboneError for a run that cannot be.
    """
    config = config or Config()
    folder = RunFolder(Path(out))
    processes, where = _processes(config)
    read_spec = _spec(spec, config)
    e = accepted(read_spec, config.settings)
    data = load_data(config)
    randomness.seed_everything(config.seed)
    made = nets.build_nets(e, config, data)
    config = _resolved(config, read_spec.name, made)
    problem = pose(e, data, made, config, where)
    problem.rehearse(config)
    trainer = Trainer(problem, config, processes)
    weights = {n: problem.nets.modules[n].state_dict() for n in problem.given}
    weights = whole(weights, processes.writes)
    if processes.writes:
        folder.begin(overwrite)
        _write_start(folder, config, read_spec, problem, weights)
    processes.wait()
    randomness.seed_everything(config.seed + processes.rank)
    return _run(folder, trainer)


def go_on(
    out: str | Path,
    spec: str | None = None,
    configs: Iterable[str | Path] = (),
    changes: Iterable[Change] = (),
) -> Ended:
    """Continues the run in `out` from its newest checkpoint: bit for bit, by as many processes.

    Raises RunError where there is none, or where it is of another spec, config or data.
    """
    folder = RunFolder(Path(out))
    before = folder.config()
    config = load_config(folder.config_file, *configs, changes=changes)
    state = folder.last().state
    if spec is not None:
        resume.check_spec(folder, state, read(spec))
        config = replace(config, spec=before.spec)
    resume.check_config(folder, before, config)
    processes, where = _processes(config)
    resume.tell_world(state, processes)
    saved = read_text(state["spec"]["text"], str(folder.spec_file))
    data = load_data(config)
    resume.check_data(folder, state, data)
    made = restored(folder, state)
    problem = pose(accepted(saved, config.settings), data, made, config, where)
    problem.program.bank.steps.update(state.get("derivative_steps", {}))
    trainer = Trainer(problem, config, processes)
    trainer.load_state_dict(state)
    if trainer.progress >= 1:
        raise RunError(
            f"the run in {folder.path} has ended at step {trainer.step}",
            f"train longer: `{Loop(folder, trainer).command}`",
        )
    if processes.writes:
        checkpoint.write_whole(folder.config_file, show_config(config).encode(), "config")
    return _run(folder, trainer)


def _run(folder: RunFolder, trainer: Trainer) -> Ended:
    loop = Loop(folder, trainer)
    shown = trainer.config.log.progress and trainer.processes.writes
    try:
        with Bar(trainer.problem.e.spec.name, shown) as bar:
            stopped = loop.run(bar)
    finally:
        loop.close()
        trainer.processes.leave()
    return Ended(folder, trainer.step, stopped, loop.command)


def _processes(config: Config) -> tuple[Processes, torch.device]:
    where = device.choose(config.device, local_rank())
    device.prepare(where)
    processes = Processes.join(where)
    if config.threads is not None:
        torch.set_num_threads(config.threads)
    return processes, where


def _spec(spec: str | Path | Spec | None, config: Config) -> Spec:
    if isinstance(spec, Spec):
        return spec
    if spec is None and not config.spec:
        raise RunError("no spec was named", "give one: `fmdsl train meanflow`; see `fmdsl list`")
    return read(spec or config.spec)


def _resolved(config: Config, name: str, made: nets.Nets) -> Config:
    """The config with every choice that was made for the user written down."""
    threads = config.threads or torch.get_num_threads()
    spec = config.spec or name
    return replace(config, spec=spec, nets=made.choices, threads=threads)


def _write_start(
    folder: RunFolder,
    config: Config,
    spec: Spec,
    problem: Problem,
    weights: Mapping[str, dict[str, Tensor]],
) -> None:
    text = show_spec(spec)
    checkpoint.write_whole(folder.config_file, show_config(config).encode(), "config")
    checkpoint.write_whole(folder.spec_file, text.encode(), "spec")
    told = problem.nets.described()
    for name, own in weights.items():
        given.export(folder.given / f"{name}.safetensors", told[name], own)
