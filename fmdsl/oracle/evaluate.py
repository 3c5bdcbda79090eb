"""The value of a term in torch, straight from its definition: no graph, no pass, no planner.

What the compiler makes of a spec is compared with this.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.ops import OPERATORS
from fmdsl.oracle.namespace import XP, wide
from fmdsl.terms.term import Term

#: What gives a jet its value: the term, its place, its directions.
Jet = Callable[[Term, list[Any], list[list[Any]]], Any]
#: What gives `expect(y, given=z)` its value.
Expect = Callable[[Term, "Evaluator"], Any]


class NotMeasured(Exception):
    """Something the oracle has no closed form for; the message is the reason."""


class Evaluator:
    """Terms to tensors. A number per example is `[B]`, a state `[B, n]`, a constant a float.

    names: values of draws, params and settings. known: values by a term's key; what is known
    is not looked into.
    """

    def __init__(
        self,
        names: Mapping[str, Any],
        known: Mapping[int, Any] | None = None,
        jet: Jet | None = None,
        expect: Expect | None = None,
    ) -> None:
        self.names = names
        self.known = dict(known or {})
        self.jet, self.expect = jet, expect

    def __call__(self, term: Term) -> Any:
        if term.key not in self.known:
            self.known[term.key] = self._value(term.bare)
        return self.known[term.key]

    def but(self, known: Mapping[int, Any]) -> Evaluator:
        """Another evaluator in which only these further values, and the names, are known."""
        return Evaluator(self.names, known, self.jet, self.expect)

    def _value(self, term: Term) -> Any:
        match term.op:
            case "const":
                return float(term["value"])
            case "setting":
                return self.names.get(term["name"], float(term["value"]))
            case "pi":
                return torch.pi
            case "null":
                return self.names.get("null", -1)
            case "draw" | "param":
                return self._named(term["name"])
            case "progress":
                return self.names.get("progress", 0.0)
            case "sg":
                return _stopped(self(term.args[0]))
            case "jet" if self.jet is not None:
                place = [self(a) for a in term.place]
                return self.jet(term, place, [[self(a) for a in d] for d in term.directions])
            case "features" if self.jet is not None:
                call = term.args[0].bare
                return self.jet(term, [self(a) for a in call.place], [])
            case "expect" if self.expect is not None:
                return self.expect(term, self)
            case op if op in OPERATORS:
                return self._operator(term)
            case op:
                raise NotMeasured(f"the oracle has no value for `{op}`")

    def _named(self, name: str) -> Any:
        if name not in self.names:
            raise NotMeasured(f"`{name}` is not determined by the arguments of the net")
        return self.names[name]

    def _operator(self, term: Term) -> Any:
        operator = OPERATORS[term.op]
        given = [self(a) for a in term.args]
        if operator.broadcasts:
            vectors = [a for a in given if isinstance(a, Tensor) and a.ndim > 1]
            given = [wide(a, vectors[0]) for a in given] if vectors else given
        if term.op == "where" and not isinstance(given[0], Tensor):
            return given[1] if given[0] else given[2]
        return operator.value(XP, *given, **dict(term.attrs))


def _stopped(value: Any) -> Any:
    return value.detach() if isinstance(value, Tensor) else value
