"""Between a net's signature and a module: arguments in order, checked before the first step."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any, final

from torch import nn

from fmdsl.catalog import closest
from fmdsl.lowering.error import wrong_module
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Output, Slot
from fmdsl.syntax.diagnostic import Diagnostic

_STATES = ("point", "noise", "tangent", "mean", "vector", "covector", "feature")


@final
class Adapter(nn.Module):
    """A module called with a signature's arguments under the module's own names."""

    def __init__(
        self,
        module: nn.Module,
        mapping: Mapping[str, Any],
        output: Callable[[Any], Any] | None = None,
    ) -> None:
        super().__init__()
        self.module = module
        self.mapping = dict(mapping)
        self.output = output
        self.slots: tuple[str, ...] = ()

    def bound(self, slots: tuple[str, ...]) -> Adapter:
        """The adapter for these argument names, in the order in which they come."""
        self.slots = slots
        return self

    def forward(self, *place: Any) -> Any:
        given = dict(zip(self.slots, place))
        named = {
            parameter: given.get(source, source) if isinstance(source, str) else source
            for parameter, source in self.mapping.items()
        }
        out = self.module(**named)
        return out if self.output is None else self.output(out)


def adapt(
    module: nn.Module,
    mapping: Mapping[str, Any],
    output: Callable[[Any], Any] | None = None,
) -> Adapter:
    """A module under a signature's names: `adapt(unet, {"sample": "point", "timestep": "t"})`.

    mapping: the module's parameter to the signature's argument: the name of a clock, or a
        kind (`point`, `label`); anything that is not a string is passed as it is.
    output: what of the module's answer is the net's, e.g. `lambda out: out.sample`.
    """
    return Adapter(module, mapping, output)


def slot_names(output: Output) -> tuple[str, ...]:
    """The names of a net's arguments: clocks by their own, others by kind."""
    return tuple(slot.clock or slot.kind for slot in output.inputs)


def mismatch(module: nn.Module, output: Output) -> Diagnostic | None:
    """What keeps a module from being called as its net's signature says, or None."""
    if isinstance(module, Adapter):
        return _mapping_fault(module, output)
    if isinstance(module, nn.parallel.DistributedDataParallel):
        return wrong_module(
            output.weights,
            signature(output),
            "is wrapped in DistributedDataParallel, which a derivative of it would pass by",
            "give its `.module`, and wrap the whole program: DistributedDataParallel(program)",
        )
    kinds = getattr(getattr(module, "signature", None), "inputs", None)
    if isinstance(kinds, tuple):
        fault = _kinds_fault(kinds, output)
        if fault is not None:
            return fault
    return _arity_fault(module, output)


def _arity_fault(module: nn.Module, output: Output) -> Diagnostic | None:
    try:
        inspect.signature(module.forward).bind(*output.inputs)
    except ValueError:
        return None
    except TypeError as error:
        names = [str(p) for p in inspect.signature(module.forward).parameters.values()]
        return wrong_module(
            output.weights,
            signature(output),
            f"is called as forward({', '.join(names)}): {error}",
            "map its parameters: nets={"
            f"{output.weights!r}: fmdsl.adapt(module, {_example(names, output)})}}",
        )
    return None


def _example(parameters: list[str], output: Output) -> str:
    pairs = zip((p.partition(":")[0].partition("=")[0] for p in parameters), slot_names(output))
    return "{" + ", ".join(f'"{p}": "{slot}"' for p, slot in pairs) + "}"


def _kinds_fault(kinds: tuple[str, ...], output: Output) -> Diagnostic | None:
    """A backbone says what it reads: a label where the net reads a clock is told."""
    wanted = tuple(map(_family, output.inputs))
    given = tuple(_word(kind) for kind in kinds)
    if wanted == given:
        return None
    return wrong_module(
        output.weights,
        signature(output),
        f"reads ({', '.join(kinds)})",
        f"build it for ({', '.join(wanted)}), in this order",
    )


def _family(slot: Slot) -> str:
    return "time" if slot.clock else _word(slot.kind)


def _word(kind: str) -> str:
    if kind in ("time", "scalar", "logit"):
        return "time"
    return "state" if kind in _STATES and kind != "feature" else kind


def _mapping_fault(adapter: Adapter, output: Output) -> Diagnostic | None:
    slots = slot_names(output)
    adapter.bound(slots)
    parameters = inspect.signature(adapter.module.forward).parameters
    loose = any(p.kind is inspect.Parameter.VAR_KEYWORD for p in parameters.values())
    for parameter, source in adapter.mapping.items():
        if parameter not in parameters and not loose:
            return _told(output, f"has no parameter `{parameter}`", parameter, list(parameters))
        if isinstance(source, str) and source not in slots:
            return _told(output, f"is mapped from an unknown argument `{source}`", source, slots)
    return None


def _told(output: Output, reason: str, name: str, known: Any) -> Diagnostic:
    near = closest(name, known)
    remedy = f"did you mean `{near}`?" if near else f"there is {', '.join(known)}"
    return wrong_module(output.weights, signature(output), reason, remedy)


def null_label(module: nn.Module) -> int | None:
    """The label that stands for the empty one in a net, where it has one."""
    inner = module.module if isinstance(module, Adapter) else module
    told = getattr(inner, "null_label", None)
    if told is None:
        told = getattr(getattr(inner, "signature", None), "classes", None)
    if told is None:
        told = getattr(inner, "classes", None)
    return told if isinstance(told, int) else None
