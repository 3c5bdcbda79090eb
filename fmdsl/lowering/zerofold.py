"""Structural-zero folding: what is zero by construction is neither computed nor added.

Torch's forward mode materialises the zero tangents of weights: every Linear and convolution
runs a third matrix product against zeros (pytorch #69687), `torch.compile` keeps it, and a
compiled loss that differentiates through such a tangent dies ("ZeroTensors are immutable",
pytorch #177261). Zero here is a fact of the graph's structure: `0 * inf` is folded to 0.
"""

# torch has no public name for these.
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch.fx import Graph, Node
from torch.fx.experimental.symbolic_shapes import statically_known_true

from fmdsl.lowering.liveness import mutated, prune

aten = torch.ops.aten

SOURCES = frozenset(
    {
        "_efficientzerotensor",
        "zeros",
        "zeros_like",
        "new_zeros",
        "_new_zeros_with_same_feature_meta",
    }
)
FILLS = {"full": 1, "full_like": 1, "new_full": 2, "scalar_tensor": 0}
# Zero wherever their first argument is.
KEEP = frozenset(
    """view _unsafe_view reshape t transpose permute expand slice select unsqueeze squeeze clone
    _to_copy alias detach neg sum mean cumsum split split_with_sizes unbind flip roll as_strided
    repeat index_select gather index view_as_complex view_as_real real imag conj _conj diagonal
    pixel_shuffle pixel_unshuffle reflection_pad1d reflection_pad2d upsample_nearest2d
    upsample_bilinear2d upsample_bicubic2d avg_pool2d _adaptive_avg_pool2d tril triu sin tanh relu
    abs sgn div lift_fresh_copy native_dropout_backward _softmax_backward_data
    _log_softmax_backward_data convert_element_type""".split()
)
# Zero wherever one of their first two arguments is.
PRODUCTS = frozenset({"mul", "mm", "bmm", "mv", "dot", "outer"})


def fold(graph: Graph) -> int:
    """Rewrite `graph` in place without its structural zeros; the number of operators gone.

    Nodes need `meta["val"]`, as make_fx and the AOT joint graph give it.
    """
    before = len(graph.nodes)
    zeros: set[Node] = set()
    written = mutated(graph)
    for node in list(graph.nodes):
        if node.op != "call_function" or "val" not in node.meta or node in written:
            continue
        if _is_zero(node, zeros):
            zeros.add(node)
        elif (simpler := _rewritten(graph, node, zeros, written)) is not None:
            node.replace_all_uses_with(simpler)
    _materialise(graph, zeros)
    prune(graph)
    return before - len(graph.nodes)


def _name(node: Node) -> str:
    if isinstance(node.target, torch._ops.OpOverload):
        return node.target._schema.name.split("::")[1]
    return "getitem" if node.target is operator.getitem else ""


def _is_zero(node: Node, zeros: set[Node]) -> bool:
    name, args = _name(node), node.args
    if name in SOURCES:
        return True
    if name in FILLS:
        return len(args) > FILLS[name] and _nought(args[FILLS[name]])
    if name in KEEP or name == "getitem" or name.endswith("_backward"):
        return bool(args) and args[0] in zeros
    if name in PRODUCTS:
        return args[0] in zeros or args[1] in zeros
    if name in ("cat", "stack"):
        return all(part in zeros for part in _nodes(args[0]))
    if name in ("add", "sub"):
        return args[0] in zeros and args[1] in zeros
    if name == "where":
        return len(args) == 3 and args[1] in zeros and args[2] in zeros
    if name in ("addmm", "baddbmm", "addcmul"):
        return args[0] in zeros and (args[1] in zeros or args[2] in zeros)
    if name == "convolution":
        return (args[0] in zeros or args[1] in zeros) and (args[2] is None or args[2] in zeros)
    if name == "constant_pad_nd":
        return args[0] in zeros and (len(args) < 3 or _nought(args[2]))
    return False


def _nought(value: Any) -> bool:
    return isinstance(value, int | float) and value == 0


def _nodes(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else (value,)


def _rewritten(graph: Graph, node: Node, zeros: set[Node], written: set[Node]) -> Node | None:
    """What the node is once its zero arguments are gone; None leaves it."""
    name, args = _name(node), node.args
    rest: Any = None
    with graph.inserting_before(node):
        if name == "add" and args[0] in zeros:
            rest = _scaled(graph, args[1], node.kwargs.get("alpha", 1))
        elif name in ("add", "sub") and args[1] in zeros:
            rest = args[0]
        elif name == "sub" and args[0] in zeros:
            rest = _scaled(graph, args[1], _negative(node.kwargs.get("alpha", 1)))
        elif name == "addcmul" and (args[1] in zeros or args[2] in zeros):
            rest = args[0]
        elif name in ("addmm", "baddbmm"):
            rest = _product(graph, node, zeros)
        elif name == "convolution" and args[2] in zeros:
            rest = _put(graph, node.target, (*args[:2], None, *args[3:]), node.meta["val"])
        elif name in ("_to_copy", "expand", "alias"):
            rest = None if node in written or args[0] in written else args[0]
            return rest if isinstance(rest, Node) and _alike(rest, node) else None
        if not isinstance(rest, Node) or rest in written:
            return None
        return _as(graph, rest, node)


def _product(graph: Graph, node: Node, zeros: set[Node]) -> Node | None:
    bias, left, right = node.args[:3]
    if left in zeros or right in zeros:
        return bias if node.kwargs.get("beta", 1) == 1 else None  # pyright: ignore
    if bias in zeros and node.kwargs.get("alpha", 1) == 1:
        target = aten.mm.default if _name(node) == "addmm" else aten.bmm.default
        return _put(graph, target, (left, right), node.meta["val"])
    return None


def _negative(alpha: Any) -> Any:
    return -alpha if isinstance(alpha, int | float) else None


def _scaled(graph: Graph, value: Any, alpha: Any) -> Node | None:
    if not isinstance(value, Node) or not isinstance(alpha, int | float):
        return None
    if alpha == 1:
        return value
    if alpha == -1:
        return _new(graph, aten.neg.default, (value,))
    return _new(graph, aten.mul.Tensor, (value, alpha))


def _new(graph: Graph, target: Callable[..., Any], args: tuple[Any, ...], **kwargs: Any) -> Node:
    known = target(*(a.meta["val"] if isinstance(a, Node) else a for a in args), **kwargs)
    return _put(graph, target, args, known, **kwargs)


def _put(
    graph: Graph, target: Any, args: tuple[Any, ...], known: torch.Tensor, **kwargs: Any
) -> Node:
    node = graph.call_function(target, args, kwargs)
    node.meta["val"] = known
    return node


def _as(graph: Graph, value: Node, node: Node) -> Node | None:
    """`value` with the shape, type and strides that `node` had."""
    want = node.meta["val"]
    if value.meta["val"].dtype != want.dtype:
        value = _new(graph, aten._to_copy.default, (value,), dtype=want.dtype)
    if not _equal(value.meta["val"].shape, want.shape):
        value = _new(graph, aten.expand.default, (value, list(want.shape)))
    if not _equal(value.meta["val"].stride(), want.stride()):
        if not want.is_contiguous():
            return None
        value = _new(graph, aten.clone.default, (value,), memory_format=torch.contiguous_format)
    return value


def _alike(value: Node, node: Node) -> bool:
    a, b = value.meta.get("val"), node.meta["val"]
    return (
        isinstance(a, torch.Tensor)
        and a.dtype == b.dtype
        and a.device == b.device
        and _equal(a.shape, b.shape)
        and _equal(a.stride(), b.stride())
    )


def _equal(a: Any, b: Any) -> bool:
    return len(a) == len(b) and all(statically_known_true(x == y) for x, y in zip(a, b))


def _materialise(graph: Graph, zeros: set[Node]) -> None:
    """A zero that something still reads is made plainly, not by multiplying."""
    for node in zeros:
        readers = [user for user in node.users if user not in zeros]
        val = node.meta["val"]
        if not readers or not isinstance(val, torch.Tensor) or _name(node) in ("zeros", "full"):
            continue
        if any(isinstance(size, torch.SymInt) for size in val.shape):
            continue
        with graph.inserting_before(node):
            plain = _new_zero(graph, val)
        for reader in readers:
            reader.replace_input_with(node, plain)


def _new_zero(graph: Graph, val: torch.Tensor) -> Node:
    size = list(val.shape)
    zero = val.new_zeros(size)
    return _put(graph, aten.full.default, (size, 0), zero, dtype=val.dtype, device=val.device)
