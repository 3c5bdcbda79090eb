"""`torch.compile` with structural zeros folded, for one function and no other."""

# torch has no public name for these.
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

import contextlib
import hashlib
import inspect
import re
from collections.abc import Callable, Generator
from typing import Any

import torch
import torch._inductor.config as inductor
from torch._inductor.custom_graph_pass import CustomGraphPass
from torch.fx import Graph

from fmdsl.lowering import liveness, zerofold


class FoldZeros(CustomGraphPass):
    """Inductor's hook before its own joint passes: a pass already there runs first."""

    def __init__(self, before: Any = None) -> None:
        self.before = before

    def __call__(self, graph: Graph) -> None:
        if self.before is not None:
            self.before(graph)
        zerofold.fold(graph)

    def uuid(self) -> Any:
        """What inductor's cache knows this pass by: its own text, and the pass before it."""
        text = inspect.getsource(zerofold) + inspect.getsource(liveness)
        before = getattr(self.before, "uuid", lambda: None)()
        if self.before is not None and before is None:
            return None
        return hashlib.sha256(text.encode()).hexdigest(), before


@contextlib.contextmanager
def folding() -> Generator[None]:
    """While entered, what inductor compiles has its structural zeros folded."""
    with inductor.patch(joint_custom_pre_pass=FoldZeros(inductor.joint_custom_pre_pass)):
        yield


def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
    """`torch.compile(function, fullgraph=True)`, folded; take `backward` outside of it.

    options: as torch.compile's. DDP's graph splitting is off: it breaks inside a derivative.
    """
    options.setdefault("fullgraph", True)
    inner = torch.compile(function, **options)

    def call(*args: Any, **kwargs: Any) -> Any:
        with folding(), torch._dynamo.config.patch(optimize_ddp=False):
            return inner(*args, **kwargs)

    return call


def refusal(error: Exception) -> tuple[str, str]:
    """Why a function was not compiled, in a line, and what to do."""
    text = str(error)
    told = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    if not _refused(error):
        told = f"what was compiled fails, {type(error).__name__}: {told}"
        return told, "leave `compile` off: the eager form runs"
    why = re.search(r"Explanation: (.+)", text)
    places = re.findall(r'File "([^"]+)", line (\d+)', text)
    theirs = [place for place in places if "/fmdsl/" not in place[0] and "<" not in place[0]]
    where = f" ({theirs[-1][0]}:{theirs[-1][1]})" if theirs else ""
    told = f"{told}: {why[1].strip()}" if why else told
    return told + where, "write that in plain torch operators, or leave `compile` off"


def _refused(error: Exception) -> bool:
    """Whether the compiler gave up; else what it made failed when it was run."""
    return isinstance(error, torch._dynamo.exc.TorchDynamoException)
