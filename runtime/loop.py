"""Step after step, with what happens between them: lines, pictures, metrics, checkpoints."""

from __future__ import annotations

import platform
import time
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

import fmdsl
from fmdsl.runtime import checkpoint, given
from fmdsl.runtime.bar import Bar
from fmdsl.runtime.config import Config
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.journal import Journal
from fmdsl.runtime.metrics import picture
from fmdsl.runtime.plots import plot
from fmdsl.runtime.problem import data_hash, spec_hash
from fmdsl.runtime.sampling import draw_samples, step_counts
from fmdsl.runtime.scores import Scores, save_scores, score
from fmdsl.runtime.shards import whole
from fmdsl.runtime.stop import Stop
from fmdsl.runtime.trainer import Trainer, Update
from fmdsl.runtime.truth import to_truth
from fmdsl.runtime.typed import plain
from fmdsl.syntax.show_spec import show_spec


class Loop:
    """Trains until the config's end or until asked to stop; rank 0 writes."""

    def __init__(self, folder: RunFolder, trainer: Trainer) -> None:
        self.folder, self.trainer = folder, trainer
        self.config: Config = trainer.config
        self.writes = trainer.processes.writes
        # Nets whose weights lie in parts are called by all processes together, or by none.
        self.samples = self.writes or trainer.spread.parted
        self.journal: Journal | None = None
        self.losses: dict[str, list[Tensor]] = {}
        self.saved_at = self.scored_at = trainer.seconds
        self.counts = step_counts(trainer.problem.e, self.config.sample.steps)

    @property
    def command(self) -> str:
        """The command that trains on: twice as long, or to where the run was to end."""
        config, done = self.config, self.trainer.progress >= 1
        launch = self.trainer.processes.launch
        words = [*launch, "fmdsl", "train", "--out", str(self.folder.path), "--resume"]
        if done and config.last_step is not None and self.trainer.step >= config.last_step:
            words += ["--steps", str(2 * config.last_step)]
        elif done and config.minutes is not None:
            words += ["--minutes", f"{2 * config.minutes:g}"]
        return " ".join(words)

    def run(self, bar: Bar) -> bool:
        """Trains; whether it was asked to stop before the end."""
        self._open()
        trainer, started = self.trainer, time.monotonic() - self.trainer.seconds
        with Stop() as stop:
            while trainer.progress < 1 and not stop.asked:
                self._note(trainer.update(), bar)
                seconds, stop.asked = trainer.processes.agree(
                    time.monotonic() - started, stop.asked
                )
                trainer.seconds = seconds
                if trainer.progress < 1 and not stop.asked:
                    self._between()
            self.save()
            if not stop.asked:
                self._end()
        return stop.asked

    def save(self) -> None:
        """A checkpoint of everything, whole or not at all; older ones beyond `keep` go."""
        state = self.trainer.state_dict()
        self.saved_at = self.trainer.seconds
        if self.writes:
            path = self.folder.checkpoints / checkpoint.name_of(self.trainer.step)
            checkpoint.write(path, state | self._header())
            checkpoint.prune(self.folder.checkpoints, self.config.checkpoint.keep)

    def close(self) -> None:
        if self.journal is not None:
            self.journal.close()

    def _open(self) -> None:
        if self.writes:
            board = self.folder.path / "tensorboard" if self.config.log.tensorboard else None
            self.journal = Journal(self.folder.log_file, board, self.trainer.step)
            if self.trainer.step:
                self.journal.write(self.trainer.step, event="resumed")

    def _note(self, update: Update, bar: Bar) -> None:
        """Losses are averaged over the steps since the last line."""
        for name, loss in update.losses.items():
            self.losses.setdefault(name, []).append(loss)
        step = self.trainer.step
        if not self.writes or (step > 1 and step % self.config.log.every):
            return
        losses = {n: float(torch.stack(v).mean()) for n, v in self.losses.items()}
        self.losses.clear()
        norms = {n: float(v) for n, v in update.norms.items()}
        assert self.journal is not None
        seconds = round(self.trainer.seconds, 3)
        self.journal.write(step, seconds=seconds, losses=losses, norms=norms, rates=update.rates)
        bar.show(step, self.trainer.progress, losses)

    def _between(self) -> None:
        """What is due after a step that is not the last."""
        trainer, config = self.trainer, self.config
        since = (trainer.seconds - self.saved_at, trainer.seconds - self.scored_at)
        if _due(trainer.step, config.checkpoint.every, since[0], config.checkpoint.minutes):
            self.save()
        if self.samples and _due(trainer.step, config.sample.every, 0, None):
            self._pictures()
        if self.samples and _due(trainer.step, config.eval.every, since[1], config.eval.minutes):
            self._score()

    def _end(self) -> None:
        if not self.samples:
            return
        self._export()
        self._pictures()
        scores = self._score() if self.config.eval.at_end and self.counts else None
        if scores is not None:
            save_scores(scores, self.trainer.step, self.folder.metrics_file)
        if self.writes:
            plot(self.folder.log_file, self.folder.path / "metrics.png")

    def _export(self) -> None:
        """The averaged weights, whole."""
        told = self.trainer.problem.nets.described()
        for name, net in self.trainer.average.nets.items():
            weights = whole(net.state_dict(), self.writes)
            if self.writes:
                given.export(self.folder.exported / f"{name}.safetensors", told[name], weights)

    def _samples(self, n: int, steps: int) -> Tensor:
        problem, nets = self.trainer.problem, self.trainer.average.nets
        seed = self.config.sample.seed
        return draw_samples(
            problem.program, problem.e, problem.data, n=n, steps=steps, nets=nets, seed=seed
        )

    def _pictures(self) -> None:
        """samples_1.png and so on, the newest; every one is kept under samples/."""
        problem, step = self.trainer.problem, self.trainer.step
        for count in self.counts if _pictured(problem.data.point_shape) else ():
            made = self._samples(self.config.sample.n, count)
            if not self.writes:
                continue
            file = self.folder.path / f"samples_{count}.png"
            kept = self.folder.path / "samples" / f"{step:08d}_{count}.png"
            picture(made, problem.data, kept)
            checkpoint.write_whole(file, kept.read_bytes(), "picture")
            assert self.journal is not None
            self.journal.picture(f"samples/{count}", kept, step)

    def _score(self) -> Scores | None:
        """Metrics now, where they are written: the other processes help to sample."""
        config, problem = self.config, self.trainer.problem
        held = len(next(iter(problem.data.held_out.values())))
        n = min(config.eval.n, held)
        made = {steps: self._samples(n, steps) for steps in self.counts}
        distances = to_truth(problem, self.trainer.average.nets)
        self.scored_at = self.trainer.seconds
        if not self.writes:
            return None
        cache = self.folder.path / ".cache"
        scores = score(made.__getitem__, problem.data, made, config.eval.metrics, cache)
        scores = replace(scores, closed_form=distances)
        assert self.journal is not None
        self.journal.write(self.trainer.step, metrics=scores.as_data())
        plot(self.folder.log_file, self.folder.path / "metrics.png")
        return scores

    def _header(self) -> dict[str, Any]:
        """What a reader checks before it trusts the rest."""
        e, data = self.trainer.problem.e, self.trainer.problem.data
        return {
            "spec": {"name": e.spec.name, "text": show_spec(e.spec), "hash": spec_hash(e.spec)},
            "config": plain(self.config),
            "data": {"name": data.name, "hash": data_hash(data)},
            "built": self.trainer.problem.nets.described(),
            "versions": versions(),
        }


def versions() -> dict[str, str]:
    """What computed: bits are promised for the same versions only."""
    told = {"torch": torch.__version__, "python": platform.python_version()}
    return told | {"fmdsl": getattr(fmdsl, "__version__", "0.1.0")}


def _due(step: int, every: int | None, seconds: float, minutes: float | None) -> bool:
    by_step = every is not None and step % every == 0
    return by_step or (minutes is not None and seconds >= 60 * minutes)


def _pictured(shape: tuple[int, ...]) -> bool:
    """Whether points of this shape can be looked at: pictures, or points in the plane."""
    return (len(shape) == 3 and shape[0] in (1, 3)) or shape == (2,)
