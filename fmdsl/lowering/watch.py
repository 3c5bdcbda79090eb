"""Finding where a step went wrong: the first value that is not finite."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, fx


class _Watch(fx.Interpreter):
    """Runs to the end: where weights are sharded, the other processes do."""

    first: str | None = None

    def run_node(self, n: fx.Node) -> Any:
        result = super().run_node(n)
        if self.first is None and n.op != "output" and not finite(result):
            self.first = n.meta.get("name", n.name)
        return result


def finite(value: Any) -> bool:
    """Whether every number in a value is finite."""
    if isinstance(value, (tuple, list)):
        return all(map(finite, value))
    if isinstance(value, Tensor) and value.is_floating_point():
        return bool(torch.isfinite(value).all())
    return True


def first_nonfinite(module: fx.GraphModule, inputs: Sequence[Any]) -> str | None:
    """The name of the first node whose value is not finite, in the order of the code."""
    watch = _Watch(module)
    with torch.no_grad():
        watch.run(*inputs)
    return watch.first
