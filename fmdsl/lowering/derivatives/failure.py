"""Torch's refusals to differentiate, read once and said in the user's terms."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Generator
from dataclasses import dataclass

from torch import nn

from fmdsl.lowering.derivatives.derivative import Net
from fmdsl.lowering.derivatives.error import DerivativeError


@dataclass(frozen=True, slots=True)
class Cause:
    """A pattern in torch's message, what it means and what to do."""

    pattern: str
    message: str
    remedy: str


CAUSES: tuple[Cause, ...] = (
    Cause(
        r"forward AD with (\S*(?:attention|flash|flex)\S*)",
        "the fused attention `{0}` has no forward mode",
        "call torch.nn.functional.scaled_dot_product_attention, which is then lowered to one "
        "that has, or choose finite_difference",
    ),
    Cause(
        r"forward AD with (\S+)",
        "the operator `{0}` has no forward mode",
        "write it in operators that have one, or choose double_backward or finite_difference",
    ),
    Cause(
        r"custom autograd\.Function|autograd\.Function with functorch",
        "an autograd.Function (or a reentrant checkpoint) in it has no forward mode",
        "give it `setup_context` and `jvp` static methods, write it in plain operators, or "
        "choose finite_difference",
    ),
    Cause(
        r"mutate a captured Tensor|has_fw_view|running_mean",
        "a module in it writes in place to a tensor that forward mode cannot follow, as batch "
        "normalisation does in training mode",
        "use GroupNorm or LayerNorm, put that module in eval mode, or choose finite_difference",
    ),
    Cause(
        r"CheckpointError|different number of tensors was saved",
        "a checkpoint inside it cannot be recorded under forward mode",
        "checkpoint outside of the derivative, or choose finite_difference",
    ),
    Cause(
        r"derivative for aten::(\S+) is not implemented",
        "its derivative holds `{0}`, which cannot be differentiated again",
        "write the operator in ones that can (glu as a * sigmoid(b)), or choose finite_difference",
    ),
    Cause(
        r"the derivative for '(\S+)' is not implemented",
        "its derivative holds `{0}`, which cannot be differentiated again",
        "write the operator in ones that can (glu as a * sigmoid(b)), or choose finite_difference",
    ),
)


@contextlib.contextmanager
def explained(strategy: str, net: Net) -> Generator[None]:
    """Turn torch's refusal to differentiate into a DerivativeError with its remedy."""
    try:
        yield
    except (RuntimeError, NotImplementedError) as error:
        told = diagnosis(strategy, net, error)
        if told is None:
            raise
        raise told from error


def diagnosis(strategy: str, net: Net, error: BaseException) -> DerivativeError | None:
    """The DerivativeError that says what torch's error means, if it is about derivatives."""
    text = f"{type(error).__name__}: {error}"
    for cause in CAUSES:
        found = re.search(cause.pattern, text)
        if found:
            what = cause.message.format(*found.groups())
            return DerivativeError(strategy, f"{title(net)}: {what}", cause.remedy)
    return None


def title(net: Net) -> str:
    """What to call a net in a message."""
    return type(net).__name__ if isinstance(net, nn.Module) else getattr(net, "__name__", "net")
