"""A trained flow model becomes a flow map of two times, and is itself where they are equal."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from fmdsl.runtime.backbones import BackboneError, build
from fmdsl.runtime.data import load
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.nets import build_nets
from fmdsl.runtime.problem import accepted
from fmdsl.runtime.shapes import own_time
from fmdsl.runtime.train import train
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read
from tests.runtime.tiny import config

DIT = "{backbone: dit, width: 16, depth: 3, heads: 2}"
ONE = ("point", "time", "label")
TWO = ("point", "time", "time", "label")


def dit(inputs: tuple[str, ...], **options: int) -> torch.nn.Module:
    sizes = {"width": 16, "depth": 3, "heads": 2}
    torch.manual_seed(0)
    net = build("dit", point_shape=(1, 4, 4), inputs=inputs, classes=3, **sizes, **options)
    for p in net.parameters():
        torch.nn.init.normal_(p, std=0.3)
    return net.double()


Z, T, R = torch.randn(4, 1, 4, 4).double(), torch.rand(4).double(), torch.rand(4).double()
C = torch.tensor([0, 1, 2, 3])


def test_at_equal_times_the_map_is_the_flow_model_bit_for_bit() -> None:
    flow, two = dit(ONE), dit(TWO, encoder=2)
    two.load_state_dict(flow.state_dict())
    assert torch.equal(two(Z, T, T, C), flow(Z, T, C))
    assert not torch.equal(two(Z, T, R, C), flow(Z, T, C))


def test_the_first_blocks_do_not_see_the_target_nor_the_others_the_state() -> None:
    seen: dict[str, list[torch.Tensor]] = {}
    net = dit(TWO, encoder=2)
    for name, block in net.blocks.named_children():
        block.register_forward_hook(
            lambda _m, given, _o, name=name: seen.setdefault(name, []).append(given[1])
        )
    net(Z, T, R, C)
    net(Z, T, 1 - R, C)
    net(Z, 1 - T, 1 - R, C)
    alike = {name: [torch.equal(a, b) for a, b in zip(c, c[1:])] for name, c in seen.items()}
    assert alike == {"0": [True, False], "1": [True, False], "2": [False, True]}


@pytest.mark.parametrize(("method", "own"), [("dmf", 0), ("meanflow", 1), ("tvm", 0), ("lsd", 1)])
def test_the_states_own_time_is_found_by_its_level(method: str, own: int) -> None:
    e = elaborate_spec(read(method))
    assert own_time(e, next(iter(e.weights))) == own


@pytest.mark.parametrize(
    ("inputs", "encoder", "told"), [(ONE, 1, "reads 1"), (TWO, 3, "a part empty")]
)
def test_a_part_of_nothing_is_refused(inputs: tuple[str, ...], encoder: int, told: str) -> None:
    with pytest.raises(BackboneError, match=told):
        dit(inputs, encoder=encoder)


@pytest.mark.parametrize("method", ["dmf_converted", "meanflow"])
def test_a_run_of_flow_matching_starts_a_flow_map(method: str, tmp_path: Path) -> None:
    flow = train(
        "flow_matching", tmp_path, config("data=digits", "steps=3", f"nets.v={DIT}", nets=())
    )
    told = config("data=digits", f"init.u={flow.folder.path}", nets=())
    data = load("digits")
    made = build_nets(accepted(read(method), {}), told, data).modules["u"]
    mine = build("dit", point_shape=(1, 8, 8), inputs=ONE, classes=10, width=16, depth=3, heads=2)
    mine.load_state_dict(made.state_dict())
    x, t = data.points(4), torch.rand(4)
    c = torch.arange(4)
    assert torch.equal(made(x, t, t, c), mine(x, t, c))


def test_a_flow_model_of_another_kind_is_refused_with_the_remedy(tmp_path: Path) -> None:
    flow = train("flow_matching", tmp_path, config("steps=1", nets=("v",)))
    told = config(f"init.u={flow.folder.path}", nets=())
    with pytest.raises(RunError, match="becomes one of two where it is a `dit`"):
        build_nets(accepted(read("dmf"), {}), told, load("mixture"))
