"""What a stand-in for the marginal velocity is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.variables import Variable
from fmdsl.proofs.verdict import Step
from fmdsl.syntax.expr import Expr

Refusal = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Velocity:
    """`form` is what stands for it at a place and a clock, in the algebra; `say` in a spec.

    `refuses` gives the reason and the remedy where it cannot stand, None where it can. `why` says
    in words why it may stand. `output` names what it needs besides the law's net. `tie` adds to a
    draft the term by which it learns the velocity, where it has to, and `tied` tells it.
    `carries` says that gradient flows through it.
    """

    name: str
    about: str
    why: str
    refuses: Callable[[Law, Variable], Refusal | None]
    form: Callable[[Law, Vector, Scalar], Vector]
    say: Callable[[Draft, Expr, Scalar], Expr]
    output: Callable[[Law], str] | None = None
    tie: Callable[[Draft], None] | None = None
    tied: Callable[[Law], Step | None] | None = None
    carries: bool = False
    is_conditional: bool = False
    is_given: bool = False
