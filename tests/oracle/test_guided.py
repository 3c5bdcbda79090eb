"""Labelled data: the law given a label, guided velocities and their flow, guided programs."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from scipy.integrate import solve_ivp
from torch import Tensor, distributions

import fmdsl
from fmdsl.oracle import Truth, law_for, measure, refutes, truth
from fmdsl.oracle.exact import Exact
from fmdsl.oracle.guided import guided
from fmdsl.oracle.law import Law
from fmdsl.oracle.measurement import HOLDS, NOT_DECIDED, REFUTED
from fmdsl.oracle.mixture import CENTRES, CLASSES, SCALES, WEIGHTS
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text
from tests.oracle.mutants import mutant
from tests.oracle.unchecked import unchecked

SPEC = """
spec: guided
nets:
  u: student(point@t, r, t, label) -> tangent
draw:
  x, l: data
  c: dropped(l, p=0.1)
  e: noise
  r, t: ordered(uniform(0, 1))
let:
  ω: 2.5
  z: path(x, e, t)
  away(z, t): velocity(z, t) - velocity(z, t, given=null)
  guided(z, t): velocity(z, t, given=null) + where(t < 0.6, ω, {outside}) * away(z, t)
  target: D(z, t) - (t - r) * D(u(z, r, t, c), t)
minimize:
  u: sse(u(z, r, t, c), sg(target))
identity:
  - u(z, r, t, c) = (flow(z, t, r, of=guided) - z) / (r - t)
"""
N = 24


def known(ω: str = "2.5", outside: str = "ω") -> Truth:
    text = SPEC.format(outside=outside).replace("ω: 2.5", f"ω: {ω}")
    return truth(elaborate_spec(read_text(text)), "mixture")


@pytest.fixture(scope="module")
def law() -> Law:
    return law_for(elaborate_spec(read("meanflow")), "mixture")


@pytest.fixture
def places() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """States with clocks to leave from and to arrive at, both ways, and a label each."""
    t, r = torch.linspace(0.1, 0.95, N).double(), torch.linspace(0.9, 0.05, N).double()
    z = torch.randn(N, 1, generator=torch.Generator().manual_seed(5), dtype=torch.float64)
    return z, r, t, torch.arange(N) % 2


def posterior(z: Tensor, t: Tensor) -> Tensor:
    """p(label 1 given z), by Bayes's rule over the densities of torch."""
    w, m, s = (torch.tensor(a, dtype=torch.float64) for a in (WEIGHTS, CENTRES, SCALES))
    level, alpha = t[:, None], 1 - t[:, None]
    bells = distributions.Normal(alpha * m[:, 0], (alpha**2 * s**2 + level**2).sqrt())
    joint = w * bells.log_prob(z).exp()
    return joint[:, torch.tensor(CLASSES) == 1].sum(1) / joint.sum(1)


def test_the_labels_together_are_the_law_of_all_data(law: Law, places: Any) -> None:
    z, _, t, _ = places
    share = posterior(z, t)[:, None]
    for name in ("velocity", "score", "mean_data", "mean_noise"):
        first, second, whole = (getattr(law.given(c), name)(z, t) for c in (0, 1, -1))
        assert torch.allclose((1 - share) * first + share * second, whole, atol=1e-12)
        assert not torch.allclose(first, whole, atol=0.05)


def test_a_flow_of_each_label_keeps_its_share_below_a_state(law: Law, places: Any) -> None:
    z, r, t, c = places
    rows = law.given(c)
    for label in (0, 1):
        mine = c == label
        alone = law.given(label).flow(z[mine], t[mine], r[mine])
        assert torch.allclose(rows.flow(z, t, r)[mine], alone, atol=1e-12)
    near = t - 0.004
    assert torch.allclose(rows.flow(z, t, near), z + (near - t)[:, None] * rows.average(z, t, near))


@pytest.mark.parametrize(("scale", "empty"), [("1", False), ("0", True), ("2.5", True)])
def test_at_scale_one_it_is_the_flow_of_the_label_and_at_zero_that_of_all(
    scale: str, empty: bool, law: Law, places: Any
) -> None:
    """And without a label that of all at every scale; integrated, though it could be looked up."""
    z, r, t, c = places
    spec = elaborate_spec(read_text(SPEC.format(outside="ω").replace("ω: 2.5", f"ω: {scale}")))
    label = c if scale != "2.5" else torch.full_like(c, -1)
    field = guided(spec, "guided")
    assert field is not None
    told = Exact(law, lambda *_: None, lambda _: None, label).values
    field, error = field.stepped(told, z, t, r)
    right = law.given(-1 if empty else c).average(z, t, r)
    assert error < 1e-6
    assert torch.allclose(field.average(told, z, t, r), right, atol=1e-5)


@pytest.mark.parametrize("outside", ["ω", "1"])
def test_a_guided_flow_is_that_of_an_adaptive_solver(outside: str, places: Any) -> None:
    """With guidance that ends at t = 0.6 too: the solver is then started anew there."""
    z, r, t, c = (a[::8] for a in places)
    found = known(outside=outside)
    mean, law = found.functions["u"](z, r, t, c), found.law

    def slope(s: float, y: Any, label: Tensor, scale: float) -> Any:
        state, clock = torch.tensor(y)[None], torch.tensor([s]).double()
        away = law.given(label).velocity(state, clock) - law.velocity(state, clock)
        return (law.velocity(state, clock) + scale * away)[0].numpy()

    for i in range(len(z)):
        y, stops = z[i].numpy(), [t[i].item(), r[i].item()]
        if min(stops) < 0.6 < max(stops):
            stops.insert(1, 0.6)
        for a, b in zip(stops, stops[1:]):
            scale = 2.5 if outside == "ω" or (a + b) / 2 < 0.6 else 1.0
            told = (c[i : i + 1], scale)
            y = solve_ivp(slope, (a, b), y, "DOP853", rtol=1e-10, atol=1e-12, args=told).y[:, -1]
        end = z[i] + (r[i] - t[i]) * mean[i]
        assert end.item() == pytest.approx(float(y[0]), abs=2e-6)


def test_it_follows_the_guided_velocity_and_meets_it_at_equal_clocks(places: Any) -> None:
    """Its derivatives by forward mode are those of the flow: Lagrange's law and Euler's."""
    z, r, t, c = places
    found = known(outside="1")
    u, one = found.functions["u"], torch.ones_like(t)

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        return u(z, t, t, c)

    def flow(z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return z + (r - t)[:, None] * u(z, r, t, c)

    end, by_r = torch.func.jvp(lambda r: flow(z, t, r), (r,), (one,))
    assert torch.allclose(by_r, velocity(end, r), atol=1e-4)
    _, along = torch.func.jvp(lambda z, t: flow(z, t, r), (z, t), (velocity(z, t), one))
    assert along.abs().max() < 1e-4
    away = found.law.given(c).velocity(z, t) - found.law.velocity(z, t)
    scale = torch.where(t < 0.6, 2.5, 1.0)[:, None]
    assert torch.allclose(velocity(z, t), found.law.velocity(z, t) + scale * away, atol=1e-12)


def test_a_guided_program_holds_at_its_guided_truth() -> None:
    found = measure("tvm_guided", fmdsl.compile, laws=("mixture",), derivative="exact",
                    examples=64, batches=4)  # fmt: skip
    assert {m.verdict for m in found} == {HOLDS}, [m.reason for m in found]
    by_name = {m.quantity: m for m in found}
    residual, bias = by_name["terminal"].residual, by_name["flow_matching"].bias
    assert residual is not None and residual < 1e-3
    assert bias is not None and abs(bias) < 1e-10, "labels that are dropped are averaged over"


def test_and_is_refuted_at_that_of_another_scale() -> None:
    spec = mutant("meanflow_guided", "ω / (1 - κ), 1) * away", "ω, 1) * away")
    found = measure(spec, unchecked, laws=("mixture",), derivative="exact",
                    examples=128, batches=8)  # fmt: skip
    assert refutes(found), [(m.quantity, m.errors, m.reason) for m in found]


FIELD = """
spec: field
nets:
  u: student(point@t, t, label) -> tangent
draw:
  x, l: data
  c: dropped(l, p=0.2)
  e: noise
  t: uniform(0, 1)
let:
  ω: 0.4
  κ: 0.3
  w(c): where(labelled(c), 2, 1)
  z: path(x, e, t)
  v(z, t, c): WRITTEN
  away(z, t): velocity(z, t) - velocity(z, t, given=null)
  guided(z, t): velocity(z, t, given=null) + (SCALE) * away(z, t)
STEPS
identity:
  - v(z, t, c) = guided(z, t)
"""
PLAIN, MAIN = "u(z, t, c)", "minimize:\n  u: sse(v(z, t, c), sg(TARGET))"
MEANFLOW = "ω * D(z, t) + (1 - ω - κ) * v(z, t, null) + κ * v(z, t, c)"
BY_ITSELF = "D(z, t) + ω * (v(z, t, c) - v(z, t, null))"
IMPROVED = "D(z, t) + (1 - 1 / ω) * (v(z, t, c) - v(z, t, null))"
VECTOR = "w(c) * D(z, t) + (1 - w(c)) * v(z, t, null)"
SCALED = "w(c) * u(z, t, c)"


def of_field(target: str, scale: str, written: str = PLAIN, steps: str = MAIN) -> Any:
    text = FIELD.replace("STEPS", steps).replace("WRITTEN", written)
    text = text.replace("SCALE", scale).replace("TARGET", target)
    return measure(read_text(text), unchecked, laws=("mixture",), examples=128, batches=8)


@pytest.mark.parametrize(("target", "scale", "written"), [
    (MEANFLOW, "ω / (1 - κ)", PLAIN), (BY_ITSELF, "1 / (1 - ω)", PLAIN), (IMPROVED, "ω", PLAIN),
    (VECTOR, "w(c)", SCALED),
])  # fmt: skip
def test_guidance_that_is_right_leaves_no_bias(target: str, scale: str, written: str) -> None:
    found = of_field(target, scale, written)
    assert {m.verdict for m in found} == {HOLDS}
    assert all(m.bias is not None and abs(m.bias) < 1e-10 for m in found)


UNSUMMED = MEANFLOW.replace("1 - ω - κ", "1 - κ")
TOWARDS_ITSELF = BY_ITSELF.replace("- v(z, t, null)", "- v(z, t, c)")


@pytest.mark.parametrize(("what", "target", "scale", "written"), [
    ("scale ω", MEANFLOW, "ω", PLAIN),
    ("weights that do not sum to one", UNSUMMED, "ω / (1 - κ)", PLAIN),
    ("ω of itself", BY_ITSELF, "ω", PLAIN),
    ("ω - 1 for 1 - 1 / ω", IMPROVED.replace("1 - 1 / ω", "ω - 1"), "ω", PLAIN),
    ("guided away from itself", TOWARDS_ITSELF, "1 / (1 - ω)", PLAIN),
    ("not in the target", "D(z, t)", "ω", PLAIN),
    ("an empty label with w = 2", "2 * D(z, t) - u(z, t, null)", "2", "2 * u(z, t, c)"),
])  # fmt: skip
def test_wrong_guidance_is_refuted(what: str, target: str, scale: str, written: str) -> None:
    found = of_field(target, scale, written)
    assert {m.verdict for m in found} == {REFUTED}, [m.reason for m in found]


def test_a_stage_before_the_last_need_not_end_at_the_truth() -> None:
    warm = MAIN.replace("minimize:", "  warmup, 1/4:").replace("\n  u", "\n    u")
    main = warm.replace("warmup, 1/4", "main, 3/4")
    found = of_field(IMPROVED, "ω", steps=f"stages:\n{warm.replace('TARGET', 'D(z, t)')}\n{main}")
    by_group = {m.group: m for m in found}
    assert by_group["warmup/u"].verdict == NOT_DECIDED
    assert "need not end at the truth" in by_group["warmup/u"].reason
    assert by_group["main/u"].verdict == HOLDS


def test_an_identity_that_names_the_wrong_label_is_refuted() -> None:
    spec = mutant("flow_matching", "= velocity(z, t)", "= velocity(z, t, given=null)")
    assert refutes(measure(spec, unchecked, laws=("mixture",), examples=64, batches=8))
