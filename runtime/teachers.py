"""Where a teacher's weights could come from: the shipped method that trains such a net."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fmdsl.runtime.data import Data
from fmdsl.runtime.shapes import GIVEN, shape_of
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read
from fmdsl.syntax.show import show
from fmdsl.terms.show import show_term

#: Tried before the others: what a teacher is usually trained with.
FIRST = ("flow_matching", "ddpm", "meanflow")


def method_for(e: Elaborated, name: str, data: Data) -> str | None:
    """A shipped method that trains the net a teacher is assumed to be; None if in doubt.

    It needs no teacher itself, has such a net and the same path, and says the same of it:
    `T(z, t, c) = velocity(z, t)`, in the names of either. Where nothing is said of a teacher, a
    tangent or a mean is one that is integrated; a raw vector is left in doubt.
    """
    return next((method for method in _names() if _trains(method, e, name, data)), None)


def _trains(method: str, e: Elaborated, name: str, data: Data) -> bool:
    other, wanted = elaborate_spec(read(method)), shape_of(e, name, data)
    if any(o.role in GIVEN for o in other.weights.values()) or _path(other) != _path(e):
        return False
    said = _said(e, name)
    integrated = other.sampler is not None and other.sampler.kind == "velocity"
    fits = integrated or wanted.inputs.count("time") > 1
    usual = fits and "vector" not in wanted.outputs
    students = (n for n, o in other.weights.items() if o.role == "student")
    return any(
        shape_of(other, n, data) == wanted and (usual or said & _said(other, n)) for n in students
    )


def _names() -> Iterator[str]:
    known = shipped()
    yield from (name for name in FIRST if name in known)
    yield from (name for name in known if name not in FIRST)


def _path(e: Elaborated) -> str:
    """The path in names of its own: `x + t * e` for any letters."""
    route = e.routes[0]
    return _renamed(show(route.body), (*route.formals, route.clock))


def _said(e: Elaborated, name: str) -> set[str]:
    """What the identities say of a net, in names of their own."""
    outputs = [n for n, o in e.outputs.items() if o.weights == name]
    both = (f"{show_term(q.left)} = {show_term(q.right)}" for q in e.equations)
    told = (text for text in both if any(re.search(rf"{re.escape(n)}\(", text) for n in outputs))
    return {_renamed(text, (*outputs, e.routes[0].clock)) for text in told}


def _renamed(text: str, names: tuple[str, ...]) -> str:
    for i, name in enumerate(names):
        text = re.sub(rf"(?<!\w){re.escape(name)}(?![\w'])", f"#{i}", text)
    return text
