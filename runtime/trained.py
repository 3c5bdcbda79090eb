"""A trained run to sample from: its newest checkpoint, the averaged weights."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
from safetensors.torch import save
from torch import Tensor, nn

from fmdsl.runtime import device as devices
from fmdsl.runtime import resume
from fmdsl.runtime.checkpoint import write_whole
from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.metrics import picture
from fmdsl.runtime.problem import Problem, accepted, load_data, pose
from fmdsl.runtime.restore import restored
from fmdsl.runtime.retune import check_free
from fmdsl.runtime.sampling import draw_samples, step_counts
from fmdsl.runtime.scores import Scores, score
from fmdsl.syntax.reader import read_text


@dataclass(frozen=True, slots=True)
class Trained:
    """A problem whose nets are trained: `samples(64, steps=1)`, `scores((1, 2, 4))`."""

    problem: Problem
    nets: dict[str, nn.Module]
    step: int
    folder: RunFolder

    def counts(self, wanted: Iterable[int]) -> tuple[int, ...]:
        """The numbers of steps the method can take. Raises RunError where it cannot sample."""
        found = step_counts(self.problem.e, wanted)
        if not found:
            name = self.problem.e.spec.name
            raise RunError(f"`{name}` says nothing of sampling", "give it a `sample` section")
        if min(found) < 1:
            raise RunError(f"{min(found)} steps are no sampler", "take 1 or more")
        return found

    def samples(
        self,
        n: int,
        steps: int | None = None,
        *,
        times: Sequence[float] | None = None,
        label: int | None = None,
        seed: int = 0,
        solver: str | None = None,
        gamma: float = 0.0,
    ) -> Tensor:
        """`[n, ...]` samples: by the spec's own levels, by a number of steps, or by `times`.

        gamma: the share of each level's noise that is new, from 0 (the flow) to 1 (restarts).
        Raises RunError for a label or times that cannot be, Fault for what the rule cannot.
        """
        p, classes = self.problem, self.problem.data.classes
        if label is not None and not 0 <= label < (classes or 0):
            known = f"0 to {classes - 1}" if classes else "no labels"
            raise RunError(f"`{p.data.name}` has no label {label}", f"it has {known}")
        self._check_way(solver, times)
        self._check_order(times or ())
        return draw_samples(
            p.program, p.e, p.data, n=n, steps=steps, times=times, nets=self.nets, label=label,
            seed=seed, solver=solver, gamma=gamma,
        )  # fmt: skip

    def _check_way(self, solver: str | None, times: Sequence[float] | None) -> None:
        """Raises RunError for what the method's rule has no use for."""
        name, kind = self.problem.e.spec.name, self.problem.program.sampler.rule.kind
        if solver is not None and kind != "velocity":
            told = f"`{name}` samples by its own {kind}: a solver is for a velocity"
            raise RunError(told, "leave --solver out")
        if times is not None and kind == "draw":
            raise RunError(f"`{name}` draws at once and visits no levels", "leave --times out")

    def _check_order(self, times: Sequence[float]) -> None:
        own = self.problem.program.sampler.times or (1.0, 0.0)
        down = own[0] > own[-1]
        if any((s < t) is not down or s == t for t, s in pairwise(times)):
            told = ", ".join(f"{t:g}" for t in times)
            way = "fall" if down else "rise"
            raise RunError(f"the times {told} do not lead from noise to data", f"they must {way}")

    def scores(
        self, steps: Iterable[int], n: int = 1000, metrics: list[str] | None = None, seed: int = 0
    ) -> Scores:
        """Metrics by number of steps, and the floor."""
        held = len(next(iter(self.problem.data.held_out.values())))
        count, cache = min(n, held), self.folder.path / ".cache"

        def sampler(k: int) -> Tensor:
            return self.samples(count, k, seed=seed)

        return score(sampler, self.problem.data, self.counts(steps), metrics, cache)


def load_trained(
    path: str | Path,
    device: str = "auto",
    *,
    live: bool = False,
    settings: Mapping[str, float] | None = None,
) -> Trained:
    """The run in a folder, from its newest checkpoint. Raises RunError where there is none.

    settings: new values for settings that only the sampler reads: a scale of guidance.
    """
    folder = RunFolder(Path(path))
    config = replace(folder.config(), device=device)
    state = folder.last().state
    where = devices.choose(device)
    data = load_data(config)
    resume.check_data(folder, state, data)
    spec = read_text(state["spec"]["text"], str(folder.spec_file))
    e = accepted(spec, {**config.settings, **(settings or {})})
    check_free(e, settings or {})
    problem = pose(e, data, restored(folder, state), config, where)
    for name, weights in state["nets"].items():
        problem.nets.modules[name].load_state_dict(weights)
    problem.load_copies(state["copies"])
    nets = problem.sampled
    for name, weights in ({} if live else state["average"]).items():
        nets[name].load_state_dict(weights)
    return Trained(problem, nets, state["step"], folder)


def save_samples(samples: Tensor, data: Data, path: Path) -> Path:
    """Samples as a picture, a .npy array or safetensors, by the file's suffix."""
    if path.suffix == ".png":
        path.parent.mkdir(parents=True, exist_ok=True)
        return picture(samples, data, path)
    if path.suffix == ".npy":
        path.parent.mkdir(parents=True, exist_ok=True)
        np.save(path, samples.numpy(), allow_pickle=False)
        return path
    if path.suffix == ".safetensors":
        write_whole(path, save({"samples": samples.contiguous()}), "sample file")
        return path
    raise RunError(f"{path} is no file that samples go into", "name a .png, .npy or .safetensors")
