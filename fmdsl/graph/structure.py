"""Operations that move rows and shapes, and the calls of nets: those that are no operators.

    input                   given from outside under the node's own name
    expand(a, like)         a number per example, shaped to meet a vector
    full(a, like)           a number as one per example; `label` makes it a label
    sg(a)                   a with its gradient stopped
    getitem(a; index)       one of several
    call(place...)          a net at a place; with `layers`, its value and those layers
    jvp(place..., along...) a net's value and derivative; a direction 0 is zero by structure
    head(a; share)          the first rows, as many as the share says
    tail(a; share)          the other rows
    pad(a, like)            rows of zeros before a, until it is as long as `like`
    join(a, b, ...)         rows one after another
    part(a, b, ...; index)  of joined rows, those that came from the index-th of b, ...

`call` and `jvp` carry `net` (a weight set), `copy` (`live`, `ema(0.99)`), `outputs` and
`mode`: `train` leaves gradient in the net's weights and its inputs, `through` in its inputs
only, `off` nowhere. `record` of a `jvp`: gradient flows through the derivative; `primal`,
of a call with layers too: its value is wanted.
"""

from __future__ import annotations

import math

#: Operation to its least number of inputs, None where it is also the most.
INPUTS: dict[str, tuple[int, int | None]] = {
    "input": (0, None),
    "expand": (2, None),
    "full": (2, None),
    "sg": (1, None),
    "getitem": (1, None),
    "call": (1, 10_000),
    "jvp": (2, 10_000),
    "head": (1, None),
    "tail": (1, None),
    "pad": (2, None),
    "join": (2, 10_000),
    "part": (3, 10_000),
}
#: Operation to the attributes it must carry.
ATTRS: dict[str, tuple[str, ...]] = {
    "getitem": ("index",),
    "call": ("copy", "mode", "net", "outputs"),
    "jvp": ("copy", "mode", "net", "order", "outputs", "primal", "record"),
    "head": ("share",),
    "tail": ("share",),
    "part": ("index",),
}
MODES = ("train", "through", "off")
#: Operations under which a change of some rows stays in those rows, and zero stays zero.
LINEAR = frozenset({"+", "-", "neg", "sg", "expand"})


def leading(rows: int, share: float) -> int:
    """How many of so many rows a share is: the nearest whole number, halves upwards."""
    return math.floor(rows * share + 0.5)
