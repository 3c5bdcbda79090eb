"""Every backbone keeps one contract: shapes, derivatives of every order, named layers."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from fmdsl.runtime import backbones
from fmdsl.runtime.backbones import Backbone, BackboneError, build, feature_shape

FLOW_MAP = ("point", "time", "time", "label")
SMALL = {
    "mlp": {"width": 16, "depth": 2},
    "unet": {"channels": 8},
    "dit": {"width": 16, "depth": 2, "heads": 2},
}
NAMES = sorted(SMALL)


def small(name: str, inputs: tuple[str, ...] = FLOW_MAP, outputs: object = 1, **more: object):
    shape = more.pop("point_shape", (1, 8, 8))
    options = SMALL[name] | more
    net = build(name, point_shape=shape, inputs=inputs, outputs=outputs, classes=10, **options)
    return stirred(net)


def stirred(net: Backbone) -> Backbone:
    """Weights away from zero: a net that starts at zero would pass any test of its values."""
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for p in net.parameters():
            p.add_(0.1 * torch.randn(p.shape, generator=generator))
    return net


def arguments(net: Backbone, batch: int = 3, dtype: torch.dtype = torch.float32) -> list[Tensor]:
    generator = torch.Generator().manual_seed(1)

    def one(kind: str, zero: Tensor) -> Tensor:
        if kind == "label":
            return torch.arange(batch) * 5
        return torch.randn(zero.shape, generator=generator, dtype=torch.float64).to(dtype)

    pairs = zip(net.signature.inputs, net.example(batch), strict=True)
    return [one(kind, zero) for kind, zero in pairs]


def test_the_folder_is_the_list_of_backbones():
    assert set(backbones.available()) >= {"mlp", "unet", "dit"}


@pytest.mark.parametrize("name", NAMES)
def test_an_output_starts_at_zero_and_has_the_shape_of_a_point(name: str):
    net = build(name, point_shape=(1, 8, 8), inputs=FLOW_MAP, classes=10, **SMALL[name])
    out = net(*arguments(net))
    assert out.shape == (3, 1, 8, 8)
    assert (out == 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_several_outputs_come_in_the_order_of_the_signature(name: str):
    net = small(name, outputs=("logit", "tangent", "scalar", "mean"))
    logit, tangent, scalar, mean = net(*arguments(net))
    assert logit.shape == scalar.shape == (3,)
    assert tangent.shape == mean.shape == (3, 1, 8, 8)
    assert not torch.equal(logit, scalar) and not torch.equal(tangent, mean)


@pytest.mark.parametrize("name", NAMES)
def test_every_argument_matters_and_two_times_are_told_apart(name: str):
    net = small(name)
    z, r, t, c = arguments(net)
    base = net(z, r, t, c)
    others = [net(z + 1, r, t, c), net(z, r + 1, t, c), net(z, r, t + 1, c), net(z, r, t, c * 0)]
    assert all((base - other).abs().max() > 1e-4 for other in others)
    assert (net(z, r, t, c) - net(z, t, r, c)).abs().max() > 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_forward_mode_agrees_with_a_difference_quotient(name: str):
    net = small(name).double()
    z, r, t, c = arguments(net, dtype=torch.float64)
    along = (torch.randn_like(z), torch.zeros_like(r), torch.ones_like(t))

    def u(z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        return net(z, r, t, c)

    value, tangent = torch.func.jvp(u, (z, r, t), along)
    h = 1e-5
    ahead, behind = (u(z + k * along[0], r, t + k) for k in (h, -h))
    assert torch.equal(value, u(z, r, t))
    torch.testing.assert_close(tangent, (ahead - behind) / (2 * h), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("name", NAMES)
def test_gradient_flows_through_a_directional_derivative(name: str):
    net = small(name).double()
    z, r, t, c = arguments(net, dtype=torch.float64)
    weights = {k: v.detach() for k, v in net.named_parameters()}

    def loss(weights: dict[str, Tensor]) -> Tensor:
        def u(t: Tensor) -> Tensor:
            return torch.func.functional_call(net, weights, (z, r, t, c))

        return torch.func.jvp(u, (t,), (torch.ones_like(t),))[1].square().mean()

    gradient = torch.func.grad(loss)(weights)
    key = next(k for k in weights if k.endswith("write.weight"))
    h, direction = 1e-5, torch.randn_like(weights[key])
    ahead, behind = (loss(weights | {key: weights[key] + k * direction}) for k in (h, -h))
    expected = (ahead - behind) / (2 * h)
    torch.testing.assert_close((gradient[key] * direction).sum(), expected, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_layers_are_names_of_submodules_and_mid_is_one(name: str):
    net = small(name)
    assert "mid" in net.layers
    for layer in net.layers:
        seen: list[Tensor] = []
        place = net.get_submodule(net.layer(layer))
        hook = place.register_forward_hook(lambda _m, _i, out, seen=seen: seen.append(out))
        net(*arguments(net))
        hook.remove()
        assert seen[0].shape == (3, *feature_shape(net, layer))
    assert net.layer(0) == net.layer(net.layers[0])


@pytest.mark.parametrize("name", NAMES)
def test_a_discriminator_head_reads_any_layers_feature(name: str):
    net = small(name)
    shape = feature_shape(net, "mid")
    head = stirred(
        build(
            "mlp",
            point_shape=(1, 8, 8),
            inputs=("feature", "time", "label"),
            outputs=("logit",),
            classes=10,
            feature_shape=shape,
            width=16,
        )
    )
    assert head(torch.randn(3, *shape), torch.rand(3), torch.arange(3)).shape == (3,)


def test_a_weight_is_a_function_of_its_times_alone():
    net = stirred(build(point_shape=(1, 8, 8), inputs=("time", "time"), outputs=("scalar",)))
    out = net(torch.tensor([0.0, 0.5]), torch.tensor([1.0, 1.0]))
    assert net.name == "mlp" and out.shape == (2,) and out[0] != out[1]


def test_mlp_learns_a_linear_field():
    torch.manual_seed(0)
    net = build("mlp", point_shape=(2,), inputs=("point", "time"), width=32, depth=2)
    optimizer = torch.optim.Adam(net.parameters(), lr=5e-3)
    z, t = torch.randn(64, 2), torch.rand(64)
    target = z * t[:, None]
    for _ in range(200):
        optimizer.zero_grad()
        loss = (net(z, t) - target).square().mean()
        loss.backward()
        optimizer.step()
    assert loss < 0.01 * target.square().mean()


@pytest.mark.parametrize(
    ("shape", "inputs", "expected"),
    [
        ((2,), ("point", "time"), "mlp"),
        ((3, 64, 64), ("noise", "label"), "unet"),
        ((3, 128, 128), ("point", "time"), "dit"),
        ((1, 8, 8), ("feature",), "mlp"),
        ((1, 8, 8), ("time",), "mlp"),
    ],
)
def test_the_default_follows_the_shape(shape: tuple[int, ...], inputs: tuple[str, ...], expected):
    assert backbones.default_backbone(shape, inputs) == expected


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (1, 7, 5)])
def test_unet_halves_only_what_is_even(shape: tuple[int, ...]):
    net = small("unet", point_shape=shape)
    assert net(*arguments(net)).shape == (3, *shape)


@pytest.mark.parametrize(
    ("call", "says", "helps"),
    [
        ({"name": "unett"}, "unknown backbone", "`unet`"),
        ({"name": "mlp", "widht": 3}, "no option `widht`", "`width`"),
        ({"name": "mlp", "inputs": ("point", "label")}, "no classes", "labels"),
        ({"name": "mlp", "inputs": ("feature",)}, "unknown shape", "feature_shape"),
        ({"name": "mlp", "inputs": ("pixel",)}, "`pixel`", "point"),
        ({"name": "unet", "point_shape": (2,)}, "reads images", "mlp"),
        ({"name": "dit", "patch": 3}, "patches of 3", "divides"),
        ({"name": "unet", "multipliers": (1, 2, 2, 2, 2)}, "halved", "fewer"),
    ],
)
def test_a_net_that_cannot_be_built_says_why(call: dict[str, object], says: str, helps: str):
    with pytest.raises(BackboneError) as fault:
        build(**({"point_shape": (1, 8, 8), "inputs": ("point", "time")} | call))
    assert says in fault.value.message and helps in fault.value.remedy


def test_an_unknown_layer_is_named_with_the_nearest():
    with pytest.raises(BackboneError, match="did you mean `block0`"):
        small("mlp").layer("blok0")


@pytest.mark.parametrize("name", NAMES)
def test_a_derivative_is_traced_to_one_graph_for_torch_compile(name: str):
    net = small(name, depth=1) if name != "unet" else small(name)
    z, r, t, c = arguments(net)

    def tangent(z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        along = (torch.ones_like(z), torch.zeros_like(r), torch.ones_like(t))
        return torch.func.jvp(lambda z, r, t: net(z, r, t, c), (z, r, t), along)[1]

    compiled = torch.compile(tangent, backend="eager", fullgraph=True)
    torch.testing.assert_close(compiled(z, r, t), tangent(z, r, t))


@pytest.mark.parametrize("name", NAMES)
def test_a_layers_shape_is_found_without_a_trace(name: str):
    net = small(name)
    feature_shape(net)
    assert all(not module._forward_hooks for module in net.modules())
    assert all(parameter.grad is None for parameter in net.parameters())
