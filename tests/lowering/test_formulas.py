"""Programs against the same objectives written by hand in torch, in float64."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.func import jvp

from fmdsl.passes import DEFAULT, PASSES
from tests.lowering.nets import B, bare, batch, close, compiled, gradients, left

ONE = torch.ones(B, dtype=torch.float64)
CONFIGURATIONS = {
    "none": (),
    "default": DEFAULT,
    "all": tuple(PASSES),
}
passes = pytest.mark.parametrize("names", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
derivative = pytest.mark.parametrize("strategy", ["auto", "exact", "traced"])


def wide(t: Tensor) -> Tensor:
    return t[:, None]


def mse(a: Tensor, b: Tensor) -> Tensor:
    return ((a - b) ** 2).mean(1)


def meanflow(u: Any, d: Any) -> Tensor:
    """Geng et al. 2025, Algorithm 1, with the adaptive weight of p = 1."""
    x, e, r, t, c = (d[k] for k in "xertc")
    z, v = (1 - wide(t)) * x + wide(t) * e, e - x
    out, slope = jvp(lambda z, r, t: u(z, r, t, c), (z, r, t), (v, 0 * ONE, ONE))
    target = (v - wide(t - r) * slope).detach()
    error = ((out - target) ** 2).sum(1)
    return (error / (error + 0.01).detach()).mean()


def tvm(net: Any, ema: Any, d: Any) -> Tensor:
    """Zhou et al. 2025, Equation 12: gradient flows through the derivative."""
    x, e, gap, s, other, c = (d[k] for k in ("x", "e", "gap", "s", "s'", "c"))
    t = s + gap
    z, z2 = (1 - wide(t)) * x + wide(t) * e, (1 - wide(other)) * x + wide(other) * e
    out, slope = jvp(lambda s: net(z, t, s, c), (s,), (ONE,))
    moved = (z + wide(s - t) * out).detach()
    terminal = mse(out + wide(s - t) * slope, ema(moved, s, s, c).detach())
    return (terminal + mse(net(z2, other, other, c), e - x)).mean()


@passes
def test_meanflow(names: tuple[str, ...]) -> None:
    program = compiled("meanflow", passes=names)
    data = batch()
    drawn = program.draw(data)
    loss = program(data, draws=drawn)["u"]
    loss.backward()
    u = program.weights["u"]
    expected = meanflow(u, drawn)
    close(loss, expected)
    close(left(u), gradients(u, expected))


@derivative
def test_meanflow_by_every_strategy(strategy: str) -> None:
    program = compiled("meanflow", derivative=strategy)
    drawn = program.draw(batch())
    loss = program(drawn["x"], draws=drawn)["u"]
    loss.backward()
    u = program.weights["u"]
    close(left(u), gradients(u, meanflow(u, drawn)))


@passes
def test_tvm(names: tuple[str, ...]) -> None:
    program = compiled("tvm", passes=names)
    net, ema = program.weights["F"], program.copies["F ema(0_99)"]
    with torch.no_grad():
        for p in ema.parameters():
            p += 0.1 * torch.randn_like(p)
    drawn = program.draw(batch())
    loss = program(drawn["x"], draws=drawn)["F"]
    loss.backward()
    expected = tvm(net, ema, drawn)
    close(loss, expected)
    close(left(net), gradients(net, expected))
    assert bare(ema)


def test_flow_matching() -> None:
    program = compiled("flow_matching")
    drawn = program.draw(batch())
    loss = program(drawn["x"], draws=drawn)["v"]
    loss.backward()
    v = program.weights["v"]
    x, e, t, c = (drawn[k] for k in "xetc")
    expected = mse(v((1 - wide(t)) * x + wide(t) * e, t, c), e - x).mean()
    close(loss, expected)
    close(left(v), gradients(v, expected))


def layer(net: Any, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
    """`f.mid` of this call: what the discriminator reads."""
    return net.mid(torch.tanh(net.enter(torch.cat([z, wide(t)], 1)) + net.label(c)))


def generator(nets: Any, d: Any) -> Tensor:
    """Yin et al. 2024: half the squared distance to a target moved by the score gap."""
    noise, e, n, t, s, c = (d[k] for k in ("ε", "e", "n", "t", "s", "c"))
    y = noise - nets["G"](noise, ONE, c)
    with torch.no_grad():
        z = (1 - wide(t)) * y + wide(t) * e
        real, fake = (z - wide(t) * nets[k](z, t, c) for k in ("T", "f"))
        direction = (fake - real) / wide((y - real).abs().mean(1))
        target = y - direction
    seen = layer(nets["f"], (1 - wide(s)) * y + wide(s) * n, s, c)
    return (0.5 * mse(y, target) + 0.003 * F.softplus(-nets["disc"](seen, s, c))).mean()


def critic(nets: Any, d: Any) -> Tensor:
    """The fake score learns the generator's velocity; its features tell real from made."""
    x, noise, e, n, t, s, c = (d[k] for k in ("x", "ε", "e", "n", "t", "s", "c"))
    with torch.no_grad():
        y = noise - nets["G"](noise, ONE, c)
    score = mse(nets["f"]((1 - wide(t)) * y + wide(t) * e, t, c), e - y)

    def judge(y: Tensor) -> Tensor:
        seen = layer(nets["f"], (1 - wide(s)) * y + wide(s) * n, s, c)
        return nets["disc"](seen, s, c)

    return (score + 0.01 * (F.softplus(judge(y)) + F.softplus(-judge(x)))).mean()


@passes
def test_dmd2(names: tuple[str, ...]) -> None:
    """Each group's gradient is in the nets that it names, and in no other."""
    for group, formula, moved in (("G", generator, "G"), ("f+disc", critic, ("f", "disc"))):
        program = compiled("dmd2", passes=names)
        data = batch()
        drawn = program.draw(data, group)
        loss = program(data, group, draws=drawn)[group]
        loss.backward()
        nets = program.weights
        expected = formula(nets, drawn)
        close(loss, expected)
        for name, net in nets.items():
            if name in moved:
                close(left(net), gradients(net, expected))
            else:
                assert bare(net), f"{group} left gradient in {name}"


def test_one_backward_of_both_groups_is_right_for_each() -> None:
    """The sum of the losses moves every net by its own group only."""
    program = compiled("dmd2")
    data = batch()
    draws = {g: program.draw(data, g) for g in program.objectives}
    alone: dict[str, Any] = {}
    for group, drawn in draws.items():
        program.zero_grad()
        program(data, group, draws=drawn)[group].backward()
        for name in program.spec.weights:
            if not bare(program.weights[name]):
                alone[name] = [g.clone() for g in left(program.weights[name]) if g is not None]
    program.zero_grad()
    losses = [program(data, g, draws=d)[g] for g, d in draws.items()]
    torch.stack(losses).sum().backward()
    for name, expected in alone.items():
        close([g for g in left(program.weights[name]) if g is not None], expected, 1e-12)
    assert set(alone) == {"G", "f", "disc"}


def test_the_slope_of_a_discriminator_at_zero_is_a_half() -> None:
    """Heads start at zero: a kink of softplus there would double the first gradients."""
    program = compiled("dmd2")
    for p in program.weights["disc"].parameters():
        torch.nn.init.zeros_(p)
    data = batch()
    drawn = program.draw(data, "f+disc")
    program(data, "f+disc", draws=drawn)["f+disc"].backward()
    expected = gradients(program.weights["disc"], critic(program.weights, drawn))
    close(left(program.weights["disc"]), expected)
