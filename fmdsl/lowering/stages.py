"""Which groups run when: stages by their share of training, groups by their cadence."""

from __future__ import annotations

from itertools import accumulate

from fmdsl.semantics.elaborated import Elaborated, Objective

_SLACK = 1e-9


def stage_at(spec: Elaborated, progress: float) -> tuple[Objective, ...]:
    """The groups of the stage that this share of training lies in, in order."""
    ends = accumulate(share for _, share in spec.stages)
    running = [name for (name, _), end in zip(spec.stages, ends) if progress < end - _SLACK]
    now = running[0] if running else spec.stages[-1][0]
    return tuple(o for o in spec.objectives if o.stage == now)


def due(spec: Elaborated, step: int, progress: float) -> tuple[str, ...]:
    """The names of the groups to run at this step."""
    return tuple(o.name for o in stage_at(spec, progress) if step % o.every == 0)
