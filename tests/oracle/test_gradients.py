"""A program's backward against the terms; a transposed derivative is seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import pytest
import torch

import fmdsl
from fmdsl.lowering.derivatives import Derivative, Exact
from fmdsl.oracle import gradients, measure
from fmdsl.oracle.measurement import HOLDS, REFUTED


@final
class Transposed(Derivative):
    """A fault on purpose: the state's part of the derivative is `J^T v` for `J v`."""

    name: ClassVar[str] = "transposed"

    def __call__(
        self,
        net: Any,
        primals: Sequence[Any],
        tangents: Sequence[Any],
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:  # fmt: skip
        clocks = [None, *tangents[1:]]
        out, by_time = Exact()(net, primals, clocks, record=record, primal=primal)
        if tangents[0] is None:
            return out, by_time
        with torch.enable_grad():
            state = primals[0].detach().requires_grad_()
            value = net(state, *primals[1:])
            pulled = torch.autograd.grad(value, state, tangents[0].detach(), create_graph=record)[0]
        return out, by_time + (pulled if record else pulled.detach())


SPECS = ("meanflow", "lsd", "esd", "tvm", "imf", "scm", "dmd2", "uaimf", "shortcut", "ect")


@pytest.mark.parametrize("name", SPECS)
def test_gradients_are_those_of_the_terms(name: str) -> None:
    found = gradients(name, fmdsl.compile)
    assert {m.verdict for m in found} == {HOLDS}, [m.reason for m in found]


def test_and_by_the_strategy_that_the_planner_picks() -> None:
    assert {m.verdict for m in gradients("meanflow", fmdsl.compile, derivative="auto")} == {HOLDS}


@pytest.mark.parametrize("name", ["meanflow", "esd"])
def test_a_transposed_derivative_is_refuted(name: str) -> None:
    found = gradients(name, fmdsl.compile, derivative=Transposed())
    assert [m.verdict for m in found] == [REFUTED]


def test_which_a_gaussian_s_truth_cannot_see() -> None:
    """Its Jacobian is symmetric: without nets that are not, the fault would pass."""
    found = measure("meanflow", fmdsl.compile, laws=("gaussian",), derivative=Transposed(),
                    examples=48, batches=6)  # fmt: skip
    assert {m.verdict for m in found} == {HOLDS}


def test_a_sign_in_the_program_is_seen() -> None:
    @final
    class Reversed(Derivative):
        name: ClassVar[str] = "reversed"

        def __call__(
            self, net: Any, primals: Any, tangents: Any, *, record: bool, primal: bool = True
        ) -> Any:
            out, dout = Exact()(net, primals, tangents, record=record, primal=primal)
            return out, -dout

    found = gradients("meanflow", fmdsl.compile, derivative=Reversed())
    assert [m.verdict for m in found] == [REFUTED]
