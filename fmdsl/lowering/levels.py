"""The levels that a sampler visits: the spec's, so many steps along them, or those asked for."""

from __future__ import annotations

from collections.abc import Iterable

from fmdsl.lowering.error import CompileError, bad_batch

#: Steps of an ODE solver where neither times nor steps are given.
STEPS = 50


def checked(
    levels: tuple[float, ...], own: tuple[float, ...], domain: tuple[float, float]
) -> tuple[float, ...]:
    """Levels that a user lists. Raises CompileError for one alone, or one off the path."""
    low, high = domain
    outside = next((t for t in levels if not low - 1e-9 <= t <= high + 1e-9), None)
    if outside is not None:
        told = f"the level {outside:g} is outside of the path's [{low:g}, {high:g}]"
        raise CompileError([bad_batch(told, f"the spec's own times are {_listed(own)}")])
    if len(levels) < 2:
        told = f"{_listed(levels) or 'no level'} leads nowhere"
        raise CompileError([bad_batch(told, "list two levels at least, as in 1, 0.5, 0")])
    return levels


def along(levels: tuple[float, ...], steps: int) -> tuple[float, ...]:
    """`steps` steps from the first level to the last, evenly along the list."""
    if steps < 1:
        raise CompileError([bad_batch(f"{steps} steps are no sampler", "take 1 or more")])
    last = len(levels) - 1
    places = (divmod(i * last, steps) for i in range(steps))
    between = (levels[k] + (levels[k + 1] - levels[k]) * rest / steps for k, rest in places)
    return (*between, levels[-1])


def _listed(levels: Iterable[float]) -> str:
    return ", ".join(f"{t:g}" for t in levels)
