"""A law as it is written: which name is the state, which are clocks, which is the net."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, count

from fmdsl.syntax.expr import Call, Compare, Expr, Name, walk
from fmdsl.syntax.show import show

#: Names that are numbers.
CONSTANTS = frozenset({"pi"})
#: A law, as refusals show one.
EXAMPLE = "(t - r) * u(z, r, t) = z - flow(z, t, r)"


@dataclass(frozen=True, slots=True)
class Said:
    """An equation between one net and one exact object, `flow` or `velocity`.

    `equation` has the net on its left; `exact` and `call` are the calls of the two. `teacher` is
    the velocity whose flow it is (`of=T`), where that is not the data's.
    """

    equation: Compare
    exact: Call
    call: Call
    teacher: str | None = None

    @property
    def net(self) -> str:
        return self.call.op

    @property
    def state(self) -> str:
        return show(self.exact.args[0])

    @property
    def start(self) -> str:
        """The clock of the state."""
        return show(self.exact.args[1])

    @property
    def end(self) -> Expr | None:
        """Where the flow goes to: a clock or a number; None where the law is of a velocity."""
        return self.exact.args[2] if self.exact.op == "flow" else None

    @property
    def end_clock(self) -> str | None:
        return self.end.id if isinstance(self.end, Name) else None

    @property
    def params(self) -> tuple[str, ...]:
        """State and clocks in the order in which the net is told them, then the others."""
        told = [n.id for e in (*self.call.args, *self.exact.args) for n in walk(e)
                if isinstance(n, Name) and n.id not in CONSTANTS]  # fmt: skip
        return tuple(dict.fromkeys((self.state, *told)))

    @property
    def text(self) -> str:
        return show(self.equation)


def free(taken: Collection[str], *wanted: str) -> str:
    """The first wanted name that is not taken; with primes, where all of them are."""
    primed = (wanted[0] + "'" * k for k in count(1))
    return next(n for n in chain(wanted, primed) if n not in taken)
