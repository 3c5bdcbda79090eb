"""fmdsl's own form, and what becomes of it when a derivative is taken another way."""

from __future__ import annotations

from fmdsl.lowering.derivatives import Derivative, Exact, FiniteDifference, Traced

OURS = "fmdsl"
#: By form: the strategy that takes a program's derivatives.
STRATEGIES: dict[str, Derivative | str] = {
    OURS: "auto",
    "zeros not folded": Traced(folded=False),
    "torch.func.jvp": Exact(),
    "central difference": FiniteDifference(),
    "one-sided difference": FiniteDifference(side="forward"),
}
#: Methods for which the other strategies are measured, eager only.
COMPARED = {
    "meanflow 100%": tuple(STRATEGIES),
    "tvm": (OURS, "zeros not folded"),
}


def forms(method: str, compiled: bool) -> tuple[str, ...]:
    """The forms of fmdsl in which a method is measured."""
    return (OURS,) if compiled else COMPARED.get(method, (OURS,))
