"""What a caller names: the groups to run, the lets to give back. Raises CompileError."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from torch import Tensor

from fmdsl.lowering.error import CompileError, unknown_choice
from fmdsl.lowering.stages import stage_at
from fmdsl.semantics.elaborated import Elaborated


def known(spec: Elaborated, group: str) -> None:
    """Refuses a group that there is not."""
    names = [o.name for o in spec.objectives]
    if group not in names:
        raise CompileError([unknown_choice("group", group, names)])


def groups(
    spec: Elaborated, group: str | Iterable[str] | None, progress: float | Tensor
) -> tuple[str, ...]:
    """The groups that are named; where none is, all of the stage that `progress` lies in."""
    if group is None:
        staged = len(spec.stages) > 1
        here = stage_at(spec, float(progress)) if staged else spec.objectives
        return tuple(o.name for o in here)
    names = (group,) if isinstance(group, str) else tuple(group)
    for name in names:
        known(spec, name)
    return names


def lets(
    spec: Elaborated, drawn: Iterable[str], ask: tuple[str, ...], answered: Collection[str]
) -> tuple[str, ...]:
    """The lets among what is asked that no group has answered yet."""
    every = [*spec.lets, *drawn, *(o.name for o in spec.objectives)]
    for name in ask:
        if name not in every:
            raise CompileError([unknown_choice("let, draw or group", name, every)])
    return tuple(n for n in ask if n in spec.lets and n not in answered)
