"""Every net of a spec from its identities: solved, bound to its places, or said to be unknown."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from fmdsl.oracle import NotMeasured, truth
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read

N = 5


def clock(value: float) -> torch.Tensor:
    return torch.full((N,), value, dtype=torch.float64)


def known(name: str, law: str = "gaussian"):
    return truth(elaborate_spec(read(name)), law)


@pytest.fixture
def z() -> torch.Tensor:
    return torch.randn(N, 2, generator=torch.Generator().manual_seed(3), dtype=torch.float64)


NONE = torch.zeros(N, dtype=torch.int64)


@pytest.mark.parametrize(
    ("spec", "net", "place", "average"),
    [
        ("meanflow", "u", (0.2, 0.9), (0.9, 0.2)),
        ("meanflow", "u", (0.9, 0.9), (0.9, 0.9)),
        ("lsd", "u", (0.2, 0.9), (0.9, 0.2)),
        ("tvm", "F", (0.9, 0.2), (0.9, 0.2)),
        ("tvm", "F", (0.9, 0.9), (0.9, 0.9)),
        ("shortcut", "u", (0.9, 0.25), (0.9, 0.65)),
    ],
)
def test_average_velocities(z, spec, net, place, average) -> None:
    """On the diagonal too, where the identity reads 0/0."""
    found = known(spec)
    value = found.nets[net](z, *map(clock, place), NONE)
    assert torch.allclose(value, found.law.average(z, *map(clock, average)), atol=1e-12)


def test_a_preconditioned_net_is_solved_for(z) -> None:
    """`f = cos(t) z - sin(t) d F(z / d, t)` is the flow to the data."""
    found = known("scm")
    t = clock(1.1)
    out = found.nets["F"](z / 0.5, t, NONE)
    mapped = t.cos()[:, None] * z - t.sin()[:, None] * 0.5 * out
    assert torch.allclose(mapped, found.law.flow(z, t, clock(0.0)), atol=1e-12)
    assert found.undetermined == {"w"}


def test_a_clock_that_no_argument_tells_is_in_the_state(z) -> None:
    found = known("imf")
    t, h = clock(0.8), clock(0.5)
    state = torch.cat([z, t[:, None]], 1)
    u, v = found.nets["u"](state, h, NONE)
    assert torch.allclose(u, found.law.average(state, t, t - h), atol=1e-12)
    assert torch.allclose(u[:, -1], clock(1.0))
    assert torch.allclose(v, found.law.velocity(state, t), atol=1e-12)
    assert any("the state carries its clock" in note for note in found.notes)


def test_denoisers_and_generators(z) -> None:
    t = clock(0.4)
    jit = known("jit")
    assert torch.allclose(jit.nets["X"](z, t, NONE), jit.law.mean_data(z, t))
    dmd = known("dmd2")
    sample = z - dmd.nets["G"](z, clock(1.0), NONE)
    assert torch.allclose(sample, dmd.law.flow(z, clock(1.0), clock(0.0)))
    assert torch.allclose(dmd.nets["f"](z, t, NONE), dmd.law.velocity(z, t))
    assert dmd.undetermined == {"disc"}


def test_a_net_has_a_value_where_its_identity_has_none(z) -> None:
    """A consistency model says nothing of its net at the clean end; 0/0 must not spread."""
    assert known("ect").nets["F"](z, clock(0.0), NONE).isfinite().all()


def test_what_has_no_closed_form_is_said() -> None:
    spec = elaborate_spec(read("meanflow"))
    with pytest.raises(NotMeasured, match="several states"):
        truth(replace(spec, routes=spec.routes * 2))
