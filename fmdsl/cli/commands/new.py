"""`fmdsl new`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.output import Refused
from fmdsl.syntax.reader import read

_START = """\
# Title of the paper. Authors 2026.
# Which end of the clock is noise in the paper, and how it was turned: here t = 1 is noise.
spec: {name}
paper: arXiv:0000.00000

nets:
  u: student(point@t, r, t, label) -> tangent

draw:
  x, c: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)

let:
  z: path(x, e, t)
  target: D(z, t) - (t - r) * D(u(z, r, t, c), t)

minimize:
  u: mse(u(z, r, t, c), sg(target))

identity:
  - u(z, r, t, c) = (flow(z, t, r) - z) / (r - t)

sample:
  step(z, t, r): z - (t - r) * u(z, r, t, c)
  times: 1, 0
"""
_VARIANT = """\
# What this variant changes of {base}, and why.
spec: {name}
extends: {base}
"""


def run(
    name: Annotated[str, typer.Argument(help="The new method's name.")],
    extends: Annotated[str | None, typer.Option(help="A method to vary.")] = None,
) -> None:
    """Begin a spec of your own: NAME.yaml in this folder."""
    if not name.replace("_", "").replace("-", "").isalnum():
        raise Refused(f"error: `{name}` is no name for a spec\n  help: letters, digits and `_`")
    path = Path(f"{name}.yaml")
    if path.exists():
        raise Refused(f"error: {path} exists\n  help: choose another name, or remove it")
    if extends is not None:
        read(extends)
    text = _START if extends is None else _VARIANT
    path.write_text(text.format(name=name, base=extends), encoding="utf-8")
    print(f"wrote {path}\nnext: fmdsl check {path}")
