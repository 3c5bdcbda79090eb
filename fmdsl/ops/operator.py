"""What an operator is: its type rule, its value, its derivative, its manual line.

One declaration in one of this folder's files makes an operator exist: in the checker, in
the reference interpreter, in the compiled program and in the language reference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fmdsl.terms.term import Term
from fmdsl.terms.types import Type

#: Types of the arguments to the type of the result, or a complaint in words.
TypeRule = Callable[..., Type | str]
#: `value(xp, *arrays, **attrs)`: xp is numpy or torch; arrays may be Python numbers.
Value = Callable[..., Any]
#: The term and one tangent per argument (a literal zero where there is none).
TangentRule = Callable[[Term, tuple[Term, ...]], Term]


@dataclass(frozen=True, slots=True)
class Operator:
    """A pure function of one example, applied to every example of a batch.

    `broadcasts` says that a number per example meets an array per example elementwise.
    `tangent` None means that `D` does not pass through it. `required` counts the
    positional arguments that must be given; `keywords` are constants with their defaults.
    """

    name: str
    params: tuple[str, ...]
    infer: TypeRule
    value: Value
    doc: str
    tangent: TangentRule | None = None
    keywords: tuple[tuple[str, Any], ...] = ()
    required: int | None = None
    broadcasts: bool = True
    family: str = field(default="", compare=False)

    @property
    def least(self) -> int:
        return len(self.params) if self.required is None else self.required

    def accepts(self, count: int) -> bool:
        return self.least <= count <= len(self.params)

    @property
    def usage(self) -> str:
        """`huber(a, b, delta=1.0)`."""
        keywords = [f"{name}={value}" for name, value in self.keywords]
        return f"{self.name}({', '.join([*self.params, *keywords])})"
