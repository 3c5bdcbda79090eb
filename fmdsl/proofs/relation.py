"""What two objectives can be to one another, from the strongest relation to the weakest."""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.verdict import Form, Step
from fmdsl.syntax.source import Span

EQUAL, GRADIENT, LIMIT = "equal", "gradient-equal", "limit"
AVERAGE = "gradient-equal in expectation"
DIFFERENT, UNDECIDED = "different", "not decided"
#: From the strongest relation to the weakest.
ORDER = (EQUAL, GRADIENT, AVERAGE, LIMIT, UNDECIDED, DIFFERENT)


@dataclass(frozen=True, slots=True)
class Relation:
    """`factor` is by what A's gradient is B's, where it is one number or weight.

    `order` is that of A's gradient in the setting that goes to its limit, its weights counted.
    `span` is where A is not as B, where that is one place.
    """

    kind: str
    reason: str
    factor: Scalar | None = None
    steps: tuple[Step, ...] = ()
    residual: Form | None = None
    counterexample: al.Counterexample | None = None
    order: int = 0
    span: Span | None = None

    @property
    def holds(self) -> bool:
        return self.kind in (EQUAL, GRADIENT, AVERAGE, LIMIT)
