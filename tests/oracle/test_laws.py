"""Closed forms against the reference's numbers, each other, and sampling."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.func import jvp

from fmdsl.oracle.gaussian import gaussian
from fmdsl.oracle.law import NEAR, Law
from fmdsl.oracle.mixture import Mixture, mixture
from fmdsl.oracle.truth import law_for, spec_path
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read

PATHS = ("meanflow", "flow_matching_cosine", "flow_matching_vp", "consistency_distillation", "scm")
LAWS = ("gaussian", "mixture")


def at(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def law_on(spec: str, name: str) -> Law:
    return law_for(elaborate_spec(read(spec)), name)


def states(law: Law, t: Tensor) -> Tensor:
    x, e = law.pairs(len(t), torch.Generator().manual_seed(0))
    return law.path.alpha(t)[:, None] * x + law.path.sigma(t)[:, None] * e


@pytest.fixture(scope="module")
def vector() -> tuple[Law, Tensor, Tensor, Tensor]:
    """z = 7/5, t = 4/5, r = 1/5 for data of mean 1/2 and deviation 1/3 on the straight path."""
    law = gaussian(spec_path(elaborate_spec(read("meanflow"))), [0.5], 1 / 3)
    return law, at(7 / 5)[:, None], at(4 / 5), at(1 / 5)


def test_the_reference_s_numbers(vector: tuple[Law, Tensor, Tensor, Tensor]) -> None:
    law, z, t, r = vector
    v = law.velocity(z, t)
    u, du = jvp(lambda z, t: law.average(z, t, r), (z, t), (v, torch.ones_like(t)))
    _, du_by_r = jvp(lambda r: law.average(z, t, r), (r,), (torch.ones_like(r),))
    end, s = law.flow(z, t, r), at(1 / 2)
    middle = law.flow(z, t, s)
    found = (
        v, u, end, du, du_by_r, law.velocity(end, r), law.average(z, t, at(0.0)),
        law.flow(z, t, at(0.0)), law.average(z, t, s), middle, law.average(middle, s, r),
    )  # fmt: skip
    told = (1.06896551724, 0.767007301584, 0.939795619049, 0.503263692761, 1.21201947089,
            0.0397956190493, 0.450255476188, 1.03979561905, 0.988360621373, 1.10349181359,
            0.545653981796)  # fmt: skip
    for value, expected in zip(found, told, strict=True):
        assert value.item() == pytest.approx(expected, abs=6e-12)


def test_residuals_of_wrong_laws(vector: tuple[Law, Tensor, Tensor, Tensor]) -> None:
    law, z, t, r = vector
    v, one = law.velocity(z, t), torch.ones_like(t)

    def slope(dz: Tensor, dr: float, dt: float) -> Tensor:
        return jvp(law.average, (z, t, r), (dz, dt * one, dr * one))[1]

    u, gap = law.average(z, t, r), t - r
    split = t - 0.3 * gap
    u2 = law.average(z, t, split)
    ahead = law.average(z + (t - split) * u2, split, r)
    right = law.average(law.flow(z, t, split), split, r)
    end, by_r = jvp(lambda r: law.flow(z, t, r), (r,), (one,))
    found = (
        u - v - gap * slope(v, 0, 1),
        u - v + gap * slope(v, 0, 0),
        u - v + gap * slope(v, 1, 0),
        u - v + gap * slope(v, 1, 1),
        u - v + t * slope(v, 0, 1),
        u - 0.3 * u2 - 0.7 * ahead,
        u - 0.7 * u2 - 0.3 * right,
        by_r - law.velocity(z, r),
        by_r + law.velocity(end, r),
    )
    told = (-0.6039, 0.3231, 1.0504, 0.7272, 0.1007, -0.2922, -0.1498, -0.4602, 0.0796)
    for value, expected in zip(found, told, strict=True):
        assert value.item() == pytest.approx(expected, abs=6e-5)
    laws = (u - v + gap * slope(v, 0, 1), u - 0.3 * u2 - 0.7 * right, by_r - law.velocity(end, r))
    assert all(abs(value.item()) < 1e-14 for value in laws)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("spec", PATHS)
def test_the_flow_follows_the_velocity(spec: str, name: str) -> None:
    law = law_on(spec, name)
    t, r = at(0.9, 0.4, 0.7, 0.3, 0.85, 0.5), at(0.2, 0.4, 0.1, 0.6, 0.85 - NEAR / 2, 0.05)
    z, one = states(law, t), torch.ones_like(t)
    end, by_r = jvp(lambda r: law.flow(z, t, r), (r,), (one,))
    assert torch.allclose(by_r, law.velocity(end, r), atol=1e-10)
    _, along = jvp(lambda z, t: law.flow(z, t, r), (z, t), (law.velocity(z, t), one))
    assert along.abs().max() < 1e-10, "Euler's law"
    assert torch.allclose(law.flow(end, r, t), z, atol=1e-10)
    u, du = jvp(lambda z, t: law.average(z, t, r), (z, t), (law.velocity(z, t), one))
    assert torch.allclose(u + (t - r)[:, None] * du, law.velocity(z, t), atol=1e-10)


@pytest.mark.parametrize("name", LAWS)
@pytest.mark.parametrize("spec", PATHS)
def test_means_and_score_are_those_of_the_samples(spec: str, name: str) -> None:
    law = law_on(spec, name)
    x, e = law.pairs(200_000, torch.Generator().manual_seed(1))
    t = torch.full((len(x),), 0.6, dtype=torch.float64)
    z = law.path.alpha(t)[:, None] * x + law.path.sigma(t)[:, None] * e
    waves = torch.sin(3 * z)
    for drawn, mean in ((x, law.mean_data(z, t)), (e, law.mean_noise(z, t))):
        product = (drawn - mean) * waves
        assert (product.mean(0).abs() < 4.5 * product.std(0) / len(x) ** 0.5).all()
    stein = law.score(z, t) * waves + 3 * torch.cos(3 * z)
    assert (stein.mean(0).abs() < 4.5 * stein.std(0) / len(x) ** 0.5).all()


def test_two_derivatives_of_the_quantile_map() -> None:
    """By forward mode, by backward, and one inside the other, against differences."""
    law = law_on("meanflow", "mixture")
    t, r = at(0.8), at(0.15)
    z = at(0.37)[:, None].requires_grad_()

    def flow(z: Tensor) -> Tensor:
        return law.flow(z, t, r)

    _, forward = jvp(flow, (z.detach(),), (torch.ones_like(z),))
    slope = torch.autograd.grad(flow(z), z, create_graph=True)[0]
    bend = torch.autograd.grad(slope, z)[0]
    _, mixed = jvp(
        lambda z: jvp(flow, (z,), (torch.ones_like(z),))[1], (z.detach(),), (torch.ones_like(z),)
    )
    h = 1e-4
    low, middle, high = (flow(z.detach() + d) for d in (-h, 0.0, h))
    assert slope.item() == pytest.approx(forward.item(), abs=1e-10)
    assert slope.item() == pytest.approx(((high - low) / (2 * h)).item(), rel=1e-5)
    assert bend.item() == pytest.approx(mixed.item(), abs=1e-9)
    assert bend.item() == pytest.approx(((high - 2 * middle + low) / h**2).item(), rel=1e-4)


def test_a_mixture_in_the_plane_integrates_to_the_quantile_map_of_its_marginal() -> None:
    path = spec_path(elaborate_spec(read("meanflow")))
    line = mixture(path, (0.3, 0.7), ((1.0,), (-1.0,)), (0.4, 0.4), None)
    plane = mixture(path, (0.3, 0.7), ((1.0, 0.0), (-1.0, 0.0)), 0.4, None)
    assert type(plane) is Mixture
    t, r = at(0.9, 0.6), at(0.1, 0.2)
    z = torch.tensor([[0.3, -0.2], [-0.8, 0.5]], dtype=torch.float64)
    end = plane.flow(z, t, r)
    assert torch.allclose(end[:, :1], line.flow(z[:, :1], t, r), atol=1e-6)
