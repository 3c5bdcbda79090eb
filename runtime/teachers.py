"""Where a teacher's weights could come from: the shipped method that trains such a net."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.runtime.data import Data
from fmdsl.runtime.given import Shape
from fmdsl.runtime.shapes import GIVEN, shape_of
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read

#: Tried before the others: what a teacher is usually trained with.
FIRST = ("flow_matching", "ddpm", "meanflow")


def method_with(shape: Shape, data: Data) -> str | None:
    """A shipped method that trains such a net and needs no teacher itself; None if in doubt.

    A net of one time is a teacher as a velocity or a denoiser, which is what is integrated; a
    raw vector means something else in each method.
    """
    if "vector" in shape.outputs:
        return None
    return next((name for name in _names() if _trains(name, shape, data)), None)


def _names() -> Iterator[str]:
    known = shipped()
    yield from (name for name in FIRST if name in known)
    yield from (name for name in known if name not in FIRST)


def _trains(name: str, shape: Shape, data: Data) -> bool:
    e = elaborate_spec(read(name))
    integrated = e.sampler is not None and e.sampler.kind == "velocity"
    if shape.inputs.count("time") == 1 and not integrated:
        return False
    if any(o.role in GIVEN for o in e.weights.values()):
        return False
    students = (n for n, o in e.weights.items() if o.role == "student")
    return any(shape_of(e, n, data) == shape for n in students)
