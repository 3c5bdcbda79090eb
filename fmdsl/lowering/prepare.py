"""The modules of a program, each checked against its signature before the first step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from typing import Any, final

from torch import nn

from fmdsl.lowering.adapter import Adapter, mismatch, null_label, slot_names
from fmdsl.lowering.bank import still
from fmdsl.lowering.error import CompileError, missing_net, no_null_row, unknown_net, wrong_module
from fmdsl.lowering.taps import place_of
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated, LawTerm, Output
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.terms.term import Term, walk

#: What may be given for a net: a module, or a plain function of the same arguments.
Given = nn.Module | Callable[..., Any]


@final
class Function(nn.Module):
    """A plain function as a net without weights."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, *place: Any) -> Any:
        return self.function(*place)


def prepared(spec: Elaborated, nets: Mapping[str, Given]) -> dict[str, nn.Module]:
    """A module per weight set, in the spec's order. Raises CompileError with every fault.

    A net left out that starts from another is a trainable copy of that one.
    """
    modules = {n: _module(m) for n, m in nets.items()}
    told = [unknown_net(n, spec.weights) for n in modules if n not in spec.weights]
    found: dict[str, nn.Module] = {}
    for name, output in spec.weights.items():
        module = modules.get(name) or _started(output, modules)
        if module is None:
            told.append(missing_net(name, signature(output), output.span))
        else:
            found[name] = module
            told += _faults(spec, output, module)
    if told:
        raise CompileError(told)
    return found


def _module(given: Given) -> nn.Module:
    return given if isinstance(given, nn.Module) else Function(given)


def _started(output: Output, modules: Mapping[str, nn.Module]) -> nn.Module | None:
    """A copy of the net that this one starts from."""
    start = modules.get(output.start or "")
    if start is None:
        return None
    return still(copy.deepcopy(start)).requires_grad_(True).train()


def _faults(spec: Elaborated, output: Output, module: nn.Module) -> Iterator[Diagnostic]:
    fault = mismatch(module, output)
    if fault is not None:
        yield fault
        return
    if isinstance(module, Adapter):
        module.bound(slot_names(output))
    reads = any(slot.kind == "label" for slot in output.inputs)
    rowless = null_label(module) is None and not isinstance(module, Function)
    if reads and rowless and draws_null(spec):
        yield no_null_row(output.weights)
    yield from _layer_faults(spec, output, module)


def _layer_faults(spec: Elaborated, output: Output, module: nn.Module) -> Iterator[Diagnostic]:
    for layer in dict.fromkeys(layers(spec, output)):
        try:
            place_of(module, layer)
        except (AttributeError, ValueError) as error:
            reason = f"has no layer `{layer}`: {str(error).splitlines()[0]}"
            remedy = "give it a method `layer(name)` that answers with a submodule or its path"
            yield wrong_module(output.weights, signature(output), reason, remedy)


def layers(spec: Elaborated, output: Output) -> Iterator[str]:
    """The layers of a net that the losses read."""
    for term in walk(*(o.loss for o in spec.objectives)):
        if term.op == "features":
            net = spec.outputs[term.args[0].bare["fn"]]
            if net.weights == output.weights:
                yield term["layer"]


def draws_null(spec: Elaborated) -> bool:
    """Whether the empty label comes up by the spec's own words."""
    terms = [o.loss for o in spec.objectives] + ([spec.sampler.body] if spec.sampler else [])
    dropped = any(_drops(d.law) for d in spec.draws)
    return dropped or any(t.op == "null" for t in walk(*terms))


def _drops(law: Term | LawTerm) -> bool:
    return isinstance(law, LawTerm) and (law.name == "dropped" or any(map(_drops, law.params)))
