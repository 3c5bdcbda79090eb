"""Which names of a law are the state, its clock, and the other clocks; or why it is no law."""

from __future__ import annotations

from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.said import CONSTANTS, EXAMPLE, Said
from fmdsl.syntax.expr import Call, Expr, Name, Number, names, walk
from fmdsl.syntax.show import show


def names_have_roles(said: Said) -> None:
    """The state is a name, so is its clock, and every name is one of them or a clock."""
    arguments = 3 if said.exact.op == "flow" else 2
    shape = ("flow(z, t, r)", "velocity(z, t)")[arguments == 2]
    if len(said.exact.args) != arguments or not _is_shape(said.exact.args):
        raise NotDerived(
            f"`{show(said.exact)}` is not of the form `{shape}`",
            "the state and its clock are names, the end is a name or a number; "
            "a gap is written as a difference, `t - r`",
        )
    if said.state not in {n for a in said.call.args for n in names(a)}:
        reason = f"`{show(said.call)}` is not told the state `{said.state}`"
        raise NotDerived(reason, f"give it the state: `{said.net}({said.state}, {said.start})`")
    if said.teacher in {said.net, *said.params}:
        raise NotDerived(f"`{said.teacher}` is the teacher, and something else in the law too",
                         "give the teacher a name of its own: `of=T`")  # fmt: skip
    clocks = {said.start, *([said.end_clock] if said.end_clock else [])}
    strange = names(said.equation) - clocks - {said.state} - CONSTANTS
    if strange:
        raise NotDerived(
            f"`{min(strange)}` is neither the state `{said.state}` nor a clock of "
            f"`{show(said.exact)}`",
            f"a net is written with its arguments, as in `{EXAMPLE}`, and a number as a number",
        )
    if any(isinstance(n, Call) and n.op in ("D", "jvp") for n in walk(said.equation)):
        raise NotDerived("the law holds a derivative already",
                         "write the law itself: the derivation takes the derivative")  # fmt: skip


def _is_shape(args: tuple[Expr, ...]) -> bool:
    named = isinstance(args[0], Name) and isinstance(args[1], Name)
    ends = all(isinstance(a, (Name, Number)) for a in args[2:])
    return named and ends and len({show(a) for a in args}) == len(args)
