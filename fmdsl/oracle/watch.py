"""A compiled group run node by node: its regressions seen, its weights set aside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, cast, final

import torch
from torch import Tensor, fx

from fmdsl.ops.reductions import REGRESSIONS

_BENT = {"log", "log1p", "sqrt", "pow", "exp", "atan", "tanh", "softplus"}
_REDUCTIONS = REGRESSIONS | {"sum", "mean", "dot", "norm", "cos_similarity"}


@dataclass(frozen=True, slots=True)
class Regression:
    """One `sse`, `mse` or `huber` that gradient flows from; `nets` are those below it."""

    name: str
    value: Tensor
    residual: Tensor
    nets: frozenset[str]


@final
class Watch(fx.Interpreter):
    """Runs a group's module and keeps its regressions.

    after: a run of the same module on the same inputs, whose calls of nets are taken over.
        This run is then a plain one: a factor or divisor that is computed from residuals
        (`sg(error + 0.01)`, `norm(g)`) counts as one, and `huber` as a square. What is left is
        linear in the residual, and its mean can be judged. `weighed`: there was any.

    `bent`: gradient passes from a residual through a function that is not linear, such as a
    logarithm, which weighs it as well.
    """

    def __init__(self, module: fx.GraphModule, *, after: Watch | None = None) -> None:
        super().__init__(module)
        self.plain, self.weighed, self.bent = after is not None, False, False
        self.calls: dict[fx.Node, tuple[tuple[Any, ...], Any]] = after.calls if after else {}
        self.found: dict[str, Regression] = {}
        self._residual = set[fx.Node]()

    def run_node(self, n: fx.Node) -> Any:
        value = self._weightless(n) if self.plain else None
        value = self._run(n) if value is None else value
        self._note_weight(n, value)
        if _word(n) in REGRESSIONS and isinstance(value, Tensor) and value.requires_grad:
            gap = self._gap(n)
            told = str(n.meta.get("name", n.name))
            self.found[told] = Regression(told, value, gap.detach(), nets_below(n))
        return value

    def _run(self, n: fx.Node) -> Any:
        """The node's value; a net is not called twice with the same arguments."""
        if n.op != "call_module":
            return super().run_node(n)
        given = tuple(self.env[a] if isinstance(a, fx.Node) else a for a in n.args)
        before, value = self.calls.get(n, ((), None))
        if len(before) != len(given) or any(a is not b for a, b in zip(before, given)):
            value = super().run_node(n)
            self.calls[n] = (given, value)
        return value

    def _note_weight(self, n: fx.Node, value: Any) -> None:
        """Numbers that come from residuals: reductions, and what is made of them."""
        below = any(a in self._residual for a in n.all_input_nodes) and n.op == "call_function"
        if below and _word(n) in _BENT and isinstance(value, Tensor) and value.requires_grad:
            self.bent = True
        number = not isinstance(value, Tensor) or value.ndim < 2 or _word(n) == "expand"
        if _word(n) in _REDUCTIONS or (below and number):
            self._residual.add(n)

    def _weightless(self, n: fx.Node) -> Any:
        """The value of a product, a quotient or a huber without the weight in it."""
        word = _word(n)
        if word == "huber":
            self.weighed = True
            return self._gap(n).square().flatten(1).sum(-1)
        if word not in ("mul", "truediv") or len(n.args) != 2:
            return None
        for kept, weight in _sides(n, word):
            if weight in self._residual and self._is_weight(kept, weight):
                self.weighed = True
                return self.env[kept]
        return None

    def _gap(self, n: fx.Node) -> Tensor:
        """What a regression compares."""
        sides: list[Any] = [self.env[a] if isinstance(a, fx.Node) else a for a in n.args]
        return sides[0] - sides[1] if len(sides) > 1 else sides[0]

    def _is_weight(self, kept: fx.Node, weight: fx.Node) -> bool:
        value, scale = self.env[kept], self.env[weight]
        if not isinstance(value, Tensor) or not isinstance(scale, Tensor):
            return False
        vector = value.ndim > 1 and _word(kept) != "expand"
        return vector or (value.requires_grad and not scale.requires_grad)


def nets_below(node: fx.Node) -> frozenset[str]:
    """The weight sets that are called below a node."""
    found, seen, stack = set[str](), {node}, [node]
    modules = dict(node.graph.owning_module.named_modules()) if node.graph.owning_module else {}
    while stack:
        one = stack.pop()
        if one.op == "call_module":
            found.add(getattr(modules[str(one.target)], "net", ""))
        for below in one.all_input_nodes:
            if below not in seen:
                seen.add(below)
                stack.append(below)
    return frozenset(found)


def _sides(n: fx.Node, word: str) -> Iterator[tuple[fx.Node, fx.Node]]:
    a, b = n.args
    if isinstance(a, fx.Node) and isinstance(b, fx.Node):
        yield a, b
        if word == "mul":
            yield b, a


def _word(n: fx.Node) -> str:
    return getattr(n.target, "__name__", "") if n.op == "call_function" else ""


def rms(residual: Tensor, weights: Tensor) -> float:
    """The root of the mean square, the rows weighed."""
    squares = residual.double().square().flatten(1).mean(1)
    return float((weights * squares).mean().sqrt())


def gradient(loss: Tensor, parameters: list[torch.nn.Parameter]) -> Tensor:
    """The gradient as one vector, zero where none arrives; the tape is kept."""
    back = torch.autograd.grad(loss, parameters, retain_graph=True, allow_unused=True)
    made = cast("tuple[Tensor | None, ...]", back)
    parts = [torch.zeros_like(p) if g is None else g for p, g in zip(parameters, made)]
    return torch.cat([part.flatten() for part in parts])
