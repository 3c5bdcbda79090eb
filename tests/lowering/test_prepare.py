"""Networks, settings and choices that do not fit are told before the first step, all at once."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.error import CompileError
from fmdsl.runtime.backbones import build
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read_text
from tests.lowering.nets import B, D, batch, close, joint, marginal, nets


class Images(nn.Module):
    """A network with names and an order of its own."""

    null_label = 4

    def __init__(self) -> None:
        super().__init__()
        self.net = joint()

    def forward(self, sample: Tensor, timestep: Tensor, classes: Tensor, until: Tensor, scale=1):
        return {"sample": scale * self.net(sample, until, timestep, classes)}


def told(**given: Any) -> str:
    with pytest.raises(CompileError) as caught:
        fmdsl.compile(given.pop("spec", "meanflow"), **given)
    return str(caught.value)


def test_an_adapter_maps_the_arguments() -> None:
    module = Images()
    mapping = {
        "sample": "point", "timestep": "t", "until": "r", "classes": "label", "scale": 2,
    }  # fmt: skip
    adapted = fmdsl.adapt(module, mapping, output=lambda out: out["sample"])
    program = fmdsl.compile("meanflow", nets={"u": adapted})
    drawn = program.draw(batch())
    place = [drawn[k] for k in ("x", "r", "t", "c")]
    close(program.weights["u"](*place), 2 * module.net(*place))
    program(drawn["x"], draws=drawn)["u"].backward()
    assert module.net.enter.weight.grad is not None


def test_a_module_with_other_arguments() -> None:
    text = told(nets={"u": nn.Linear(D, D)})
    assert "u(point@t, r, t, label)" in text
    assert "fmdsl.adapt(module, " in text


def test_an_adapter_of_unknown_names() -> None:
    wrong = fmdsl.adapt(Images(), {"sampel": "point"})
    assert "did you mean `sample`" in told(nets={"u": wrong})
    wrong = fmdsl.adapt(Images(), {"sample": "pont"})
    assert "did you mean `point`" in told(nets={"u": wrong})


def test_a_backbone_that_reads_other_kinds() -> None:
    net = build("mlp", point_shape=(D,), inputs=("point", "time", "label"), classes=4)
    text = told(nets={"u": net})
    assert "reads (point, time, label)" in text
    assert "build it for (state, time, time, label)" in text


def test_every_fault_at_once() -> None:
    text = told(nets={"w": joint()})
    assert "there is no net `w`" in text
    assert "no module is given for the net `u`" in text


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"spec": "dmd2", "settings": {"λg": 1}}, "no setting `λg`.*did you mean `λG`"),
        ({"spec": "dmd2", "settings": {"λG": "much"}}, "'much', which is no number"),
        ({"derivative": "exakt"}, "no derivative `exakt`.*did you mean `exact`"),
        ({"passes": ("dead", "flod")}, "no pass `flod`.*did you mean `fold`"),
    ],
)
def test_an_unknown_choice(given: dict[str, Any], words: str) -> None:
    import re

    assert re.search(words, told(nets=nets(given.get("spec", "meanflow")), **given), re.DOTALL)


DROPPED = """spec: guided
nets:
  v: student(point@t, t, label) -> tangent
draw:
  x, k: data
  c: dropped(k, p=0.5)
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  v: mse(v(z, t, c), D(z, t))
"""


class NoNull(nn.Module):
    def forward(self, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
        return z


def test_labels_are_dropped_to_the_nets_null_row() -> None:
    net = marginal()
    program = fmdsl.compile(read_text(DROPPED), nets={"v": net})
    drawn = program.draw(batch(rows=64))
    assert 0 < (drawn["c"] == -1).sum() < 64
    assert (drawn["c"] == drawn["k"])[drawn["c"] >= 0].all()
    assert torch.isfinite(program(drawn["x"], draws=drawn)["v"])


def test_a_net_without_a_null_row_is_told() -> None:
    text = told(spec=read_text(DROPPED), nets={"v": NoNull()})
    assert "null_label" in text


def test_a_layer_that_is_not_there() -> None:
    given = nets("dmd2")
    given["f"] = NoMid()
    assert "has no layer `mid`" in told(spec="dmd2", nets=given)


class NoMid(nn.Module):
    def forward(self, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
        return z


def test_a_faulty_spec_is_a_fault_with_its_place() -> None:
    text = DROPPED.replace("D(z, t)", "D(zz, t)")
    with pytest.raises(Fault) as caught:
        fmdsl.compile(read_text(text), nets={"v": marginal()})
    assert caught.value.diagnostics[0].labels


def test_what_no_tensor_stands_for() -> None:
    text = DROPPED.replace("D(z, t)", "velocity(z, t)")
    assert "velocity" in told(spec=read_text(text), nets={"v": marginal()})


def test_plain_functions_are_nets() -> None:
    text = DROPPED.replace("v: student", "w: student(point@t, t, label) -> tangent\n  v: frozen")
    text = text.replace("v: mse(v(z, t, c), D(z, t))", "w: mse(w(z, t, c), v(z, t, c))")
    program = fmdsl.compile(
        read_text(text), nets={"w": marginal(), "v": lambda z, t, c: torch.zeros_like(z)}
    )
    assert program(torch.randn(B, D, dtype=torch.float64))["w"] > 0
