"""Calls of a net that a device starts more slowly than it makes them."""

from __future__ import annotations

#: Operations that a GPU does while it is given one kernel (10 microseconds): half, and whole.
LAUNCH_HALF, LAUNCH = 4e9, 6e8
#: Rows up to which calls of one net are faster as one: a third at 1 row, a seventh at 4.
FEW = 4


def splitting_pays(work: float, rows: int, device: str, half: bool) -> bool:
    """Whether some rows should be spared a derivative, where the others are so many.

    Where it makes two calls of one, an eager GPU waits for launches unless each has enough to
    do: a quarter of 64 rows of a DiT-B/2 took 1.89 of a step of flow matching, all of them
    1.63. work: of one operator for one example.
    """
    return device != "cuda" or work * rows >= (LAUNCH_HALF if half else LAUNCH)
