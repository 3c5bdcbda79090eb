"""Wrong calls of a program are told in words."""

from __future__ import annotations

import pytest
import torch

from fmdsl.lowering.error import CompileError
from tests.lowering.nets import B, D, batch, compiled


def _unknown_ask() -> None:
    compiled("meanflow")(batch(), ask=("eror",))


def _unknown_draw() -> None:
    compiled("meanflow")(batch(), draws={"tt": torch.ones(B)})


def _unknown_group() -> None:
    compiled("meanflow")(batch(), "v")


def _whole_numbers() -> None:
    compiled("meanflow")(torch.ones(B, D, dtype=torch.uint8))


def _no_batch() -> None:
    compiled("meanflow")({})


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (_unknown_ask, "no let, draw or group `eror`.*did you mean `error`"),
        (_unknown_draw, "no draw `tt`.*did you mean `t`"),
        (_unknown_group, "no group `v`"),
        (_whole_numbers, "`x` is data of type uint8.*127.5"),
        (_no_batch, "batch is empty"),
    ],
)
def test_a_wrong_call_is_told(wrong, told: str) -> None:
    with pytest.raises(CompileError, match=f"(?s){told}"):
        wrong()
