"""A graph as a torch.fx module whose code reads as the spec does."""

from __future__ import annotations

import keyword
import operator
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any

from torch import fx, nn

from fmdsl.graph.node import Graph, Node, Ref
from fmdsl.lowering.functions import FUNCTIONS, full, head, labels, null_row, tail
from fmdsl.lowering.split import joined

#: Makes the module that computes a call or a derivative.
Caller = Callable[[Node], nn.Module]


def lower(graph: Graph, caller: Caller, null: Callable[[str], int | None]) -> fx.GraphModule:
    """One fx module: inputs in the graph's order, outputs as a tuple in the graph's order.

    `null(net)` is the label that a net takes for the empty one.
    """
    return _Lowering(graph, caller, null).made()


class _Lowering:
    def __init__(self, graph: Graph, caller: Caller, null: Callable[[str], int | None]) -> None:
        self.graph, self.caller, self.null = graph, caller, null
        self.fx = fx.Graph()
        self.modules: dict[str, nn.Module] = {}
        self.done: dict[str, fx.Node] = {}
        self.rows: dict[tuple[str, int], fx.Node] = {}
        self.halves = {node.name: found for found in joined(graph) for node in found.nodes}

    def made(self) -> fx.GraphModule:
        for node in (*self.graph.inputs, *(n for n in self.graph.nodes if n.op != "input")):
            made = self._half(node) if node.name in self.halves else self._node(node)
            if made is not None:
                made.meta["name"] = node.name
                self.done[node.name] = made
        self.fx.output(tuple(self._ref(ref) for _, ref in self.graph.outputs))
        for unread in [n for n in reversed(self.fx.nodes) if n.target in (head, tail)]:
            if not unread.users:
                self.fx.erase_node(unread)
        root = nn.Module()
        for name, module in self.modules.items():
            root.add_module(name, module)
        return fx.GraphModule(root, self.fx, class_name=plain_name(self.graph.name))

    def _node(self, node: Node) -> fx.Node:
        name = plain_name(node.name)
        if node.op == "input":
            return self.fx.create_node("placeholder", name, (), {}, name)
        if node.op in ("call", "jvp"):
            return self._called(node, node.inputs[: node.arity])
        args = tuple(self._ref(i) for i in node.inputs)
        kwargs = dict(node.attrs)
        if node.op in ("head", "tail", "getitem"):
            args, kwargs = (*args, *kwargs.values()), {}
        if node.op == "full":
            function = labels if kwargs.pop("label", False) else full
            args, kwargs = self._full(node, args) if function is full else (args, kwargs)
        else:
            function = FUNCTIONS[node.op]
        return self.fx.create_node("call_function", function, args, kwargs, name)

    def _full(self, node: Node, args: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """A number for the last rows needs to know how many these are, and not the rows."""
        like = self.graph.by_name[str(node.inputs[1])]
        if like.op != "tail":
            return args, {}
        return (args[0], self._ref(like.inputs[0])), {"after": like["share"]}

    def _half(self, node: Node) -> fx.Node | None:
        """Of a net called in two halves: its derivative does both, their joins are its value."""
        found = self.halves[node.name]
        if node is found.slope:
            return self._called(node, found.place)
        if node not in found.joins:
            return None
        index = found.indices[found.joins.index(node)]
        args = (self.done[found.value.name], index)
        name = plain_name(node.name)
        return self.fx.create_node("call_function", operator.getitem, args, {}, name)

    def _called(self, node: Node, place: Sequence[Ref]) -> fx.Node:
        """A call or a derivative; `place` is where the net is called."""
        target = self._module(node)
        null = self.null(node["net"])
        args = [self._argument(ref, null) for ref in place]
        args += [self._ref(r) if isinstance(r, str) else None for r in node.inputs[node.arity :]]
        name = plain_name(node.name)
        return self.fx.create_node("call_module", target, tuple(args), {}, name)

    def _module(self, node: Node) -> str:
        """The submodule of this kind of call; equal calls share it."""
        suffix = {"train": "", "through": "_through", "off": "_off"}[node["mode"]]
        if node["copy"] != "live":
            suffix = "_" + re.sub(r"\W", "_", node["copy"]).strip("_")
        stem = plain_name(node["net"]) + ("_jvp" if node.op == "jvp" else "") + suffix
        made = self.caller(node)
        for i in range(len(self.modules) + 1):
            name = f"{stem}_{i}" if i else stem
            if name not in self.modules:
                self.modules[name] = made
                return name
            if _alike(self.modules[name], made):
                return name
        raise AssertionError(stem)

    def _argument(self, ref: Ref, null: int | None) -> Any:
        if null is None or not isinstance(ref, str) or self.graph.by_name[ref].kind != "label":
            return self._ref(ref)
        if (ref, null) not in self.rows:
            name = f"{plain_name(ref)}_row"
            self.rows[ref, null] = self.fx.create_node(
                "call_function", null_row, (self.done[ref], null), {}, name
            )
        return self.rows[ref, null]

    def _ref(self, ref: Ref) -> Any:
        return self.done[ref] if isinstance(ref, str) else ref


def _alike(a: nn.Module, b: nn.Module) -> bool:
    def said(module: nn.Module) -> dict[str, Any]:
        return {
            k: v
            for k, v in vars(module).items()
            if isinstance(v, (str, int, tuple)) and not k.startswith("_")
        }

    return type(a) is type(b) and said(a) == said(b)


def plain_name(name: str) -> str:
    """A name of a spec as one of Python in ASCII: `z'` is `z_prime`, `ε` is `epsilon`."""
    letters = (_letter(c) for c in name.replace("'", "_prime"))
    made = "".join(letters)
    if not made or made[0].isdigit():
        made = f"_{made}"
    taken = keyword.iskeyword(made) or hasattr(nn.Module, made) or made in FUNCTIONS
    return f"{made}_" if taken else made


def _letter(character: str) -> str:
    if character.isascii():
        return character if character.isalnum() else "_"
    word = unicodedata.name(character, "").split(" WITH ")[0].split(" ")[-1].lower()
    return word if word.isalpha() else f"u{ord(character):x}"


def code(module: fx.GraphModule) -> str:
    """The module's code as a person would write it: no freeing of names, plain functions."""
    text = re.sub(r";\s+\w+( = \w+)* = None$", "", module.code, flags=re.MULTILINE)
    return text.replace("fmdsl_lowering_functions_", "").strip() + "\n"
