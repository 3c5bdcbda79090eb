"""What is measured: a method is a shipped spec, one group of it, its nets and its floor."""

from __future__ import annotations

from dataclasses import dataclass, field

import fmdsl
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.spec import Spec

HALF = 0.5


@dataclass(frozen=True, slots=True)
class Method:
    """One kind of training step.

    nets: a kind of net (`nets.build`) for each weight set; two of one kind are told apart by
        what stands after the colon.
    plain, tangents: the matrix products of a step that computes nothing twice and nothing in
        vain, in forwards of the net and in forwards of its tangent; a backward is two.
    edit: what is replaced in the spec's text. averaged: the nets with a moving average.
    """

    name: str
    spec: str
    group: str
    nets: dict[str, str]
    plain: float
    tangents: float
    averaged: tuple[str, ...]
    edit: tuple[str, str] = ("", "")
    official: str = field(default="")

    @property
    def of(self) -> str:
        """The name under which official forms of it are kept."""
        return self.official or self.name

    def read(self) -> Spec:
        """The shipped spec, edited."""
        path = shipped()[self.spec]
        text = path.read_text(encoding="utf-8")
        assert self.edit[0] in text, f"{self.edit[0]!r} is not in {path}"
        return fmdsl.read_text(text.replace(*self.edit) if self.edit[0] else text, str(path))

    def floor(self, attention: float) -> float:
        """Its matrix products over those of a flow-matching step.

        attention: its share in a forward; the tangent of attention is twice attention.
        """
        return (self.plain + self.tangents * (1 + attention)) / 3


def _meanflow(off: int) -> Method:
    """MeanFlow with `off` percent of the rows off the diagonal."""
    equal = f", equal={1 - off / 100:g}" if off < 100 else ""
    return Method(
        f"meanflow {off}%",
        "meanflow",
        "u",
        {"u": "net"},
        3,
        off / 100,
        ("u",),
        (", equal=0.75", equal),
        "meanflow",
    )


_SCORES = {"G": "net", "T": "net:teacher", "f": "net:score", "disc": "head"}
METHODS: dict[str, Method] = {
    m.name: m
    for m in (
        Method("flow_matching", "flow_matching", "v", {"v": "net"}, 3, 0, ("v",)),
        *(_meanflow(off) for off in (25, 50, 75, 100)),
        # the tangent's direction is a forward without gradient, for half of the rows
        Method("imf", "imf", "u", {"u": "twin"}, 3 + HALF, HALF, ("u",)),
        # a dual and its backward, a target, a flow-matching term
        Method("tvm", "tvm", "F", {"F": "net"}, 3 + 1 + 3, 3, ("F",)),
        Method("tvm_guided", "tvm_guided", "F", {"F": "net"}, 3 + 2 + 3, 3, ("F",)),
        Method("lsd", "lsd", "u", {"u": "net"}, 3 + 1 + 3, 3, ("u",)),
        Method("scm", "scm", "F+w", {"F": "net", "w": "weight"}, 3, 1, ("F",)),
        # two scores, and half of one forward and back for the discriminator
        Method("dmd2 generator", "dmd2", "G", _SCORES, 3 + 2 + 1, 0, ("G",)),
        Method("dmd2 critic", "dmd2", "f+disc", _SCORES, 1 + 3 + 2 * 1.5, 0, ()),
    )
}
