"""A pair of noise and data is torn apart

Data that comes with the noise it was made from (reflow's pairs) is a coupling: the path between
the two ends of a pair is what straightens the flow. Where the state is made with another noise,
drawn anew, the coupling is lost, and the round before is learned once more. Data alone is drawn
by its own fields: `x, c: data(pixels, label)`.

Wrong:

    draw:
      x, n: data(pixels, noise)
      e: noise
    let:
      z: path(x, e, t)

Right:

    draw:
      x, e: data(pixels, noise)
    let:
      z: path(x, e, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import declared
from fmdsl.semantics.elaborated import Drawn, Elaborated
from fmdsl.semantics.gradient import is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    losses = [o.loss for o in spec.objectives]
    if not is_whole(*losses):
        return
    used = frozenset[str]().union(*(loss.free for loss in losses))
    paths = [t for t in walk(*losses) if t.op == "path" and t.args[2].span]
    for drawn in spec.draws:
        for name in _unread_noise(drawn, used):
            torn = [p for p in paths if p.args[1].free & {*drawn.names}]
            yield from (_told(spec, name, p) for p in torn[:1])


def _unread_noise(drawn: Drawn, used: frozenset[str]) -> Iterator[str]:
    """The noise that comes with data and that no loss reads."""
    for name, kind in zip(drawn.names, drawn.law.fields, strict=False):
        if kind == "noise" and name not in used:
            yield name


def _told(spec: Elaborated, name: str, path: Term) -> Diagnostic:
    data, noise = path.args[1], path.args[2]
    labels = [Label(noise.span, "a noise of another draw")] if noise.span else []
    place = declared(spec, name)
    labels += [Label(place, "drawn here, and read by no loss")] if place else []
    return Diagnostic(
        "E0808",
        f"the data comes with the noise `{name}`, and is noised with another",
        tuple(labels),
        (f"the path of a pair runs between its own two ends: of {_ends(data, name)}",),
        (f"put `{name}` at the noise end: `path(…, {name}, …)`",
         "or draw the data alone, without the field `noise`"),
    )  # fmt: skip


def _ends(data: Term, name: str) -> str:
    names = " and ".join(sorted(f"`{n}`" for n in data.free))
    return f"{names} and `{name}`"


CHECK = Check("E0808", _run, after=("E0214",))
