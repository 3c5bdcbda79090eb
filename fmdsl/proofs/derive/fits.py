"""Which choices make no objective, each with its reason and what to choose instead."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.sides.side import Solved
from fmdsl.proofs.derive.stops import Carrier


def velocities_fit(choice: Choice) -> None:
    """Whether what stands for the velocity can. Raises NotDerived."""
    law, by = choice.law, choice.by
    for one in choice.stands:
        refused = one.refuses(law, by)
        if refused is not None:
            raise NotDerived(*refused)
    if choice.velocity.is_given != choice.along.is_given:
        other = "--along" if choice.velocity.is_given else "--velocity"
        raise NotDerived(
            "a teacher's velocity at one place and the data's at another are of two flows",
            f"let the teacher's stand at both: {other} teacher",
        )
    if choice.side.is_prescribed and not law.is_of_flow:
        raise NotDerived(f"the law of a velocity gives `{law.said.net}` no map",
                         f"--for {law.said.net}, or --for velocity")  # fmt: skip


def stops_fit(choice: Choice, solved: Solved) -> None:
    """Whether gradient reaches the regressed side, no target, nothing random; else NotDerived."""
    if choice.side.is_prescribed:
        if carriers(choice, solved.left) - choice.stop.stopped:
            raise NotDerived("a prescribed gradient is a number: all of it is stopped",
                             "--stop target")  # fmt: skip
        return
    _no_target_moves(choice, solved.right)
    live = carriers(choice, solved.left) - choice.stop.stopped
    if solved.left.part(Kind.VALUE) is None and not live:
        raise NotDerived(
            f"with {choice.stop.about} stopped no part carries gradient: the net's value has gone",
            "stop less: --stop velocity, or prescribe the gradient of the map: --for map",
        )
    if Carrier.SPACE in live and choice.along.is_conditional:
        raise NotDerived(
            "gradient would flow through a derivative along the velocity of the draws: ξ would "
            "stand in the residual and in its variation, and E[ξ ξ] does not vanish",
            "stop that derivative, --stop derivative or --stop space, or move the state along "
            "something that is not random: --along own, --along head",
        )


def _no_target_moves(choice: Choice, right: Identity) -> None:
    moving = carriers(choice, right) - choice.stop.stopped
    if not moving:
        return
    what = ", ".join(c.value for c in Carrier if c in moving)
    movable = moving & {Carrier.SPACE, Carrier.TIME} and not choice.by.is_split
    other = ", or solve for the velocity: --for velocity" if movable else ""
    stop = "target" if moving - {Carrier.VELOCITY} else "velocity"
    reason = f"gradient would flow into the target, through {what}"
    raise NotDerived(reason, f"--stop {stop}{other}")


def carriers(choice: Choice, parts: Identity) -> frozenset[Carrier]:
    """The parts through which gradient flows where nothing is stopped."""
    return frozenset(_carriers(choice, parts))


def _carriers(choice: Choice, parts: Identity) -> Iterator[Carrier]:
    kinds = {p.kind for p in parts.parts}
    if Kind.DERIVATIVE in kinds:
        yield Carrier.TIME
        if choice.by.moves_state:
            yield Carrier.SPACE
            yield from [Carrier.VELOCITY] if choice.along.carries else []
    if kinds & {Kind.FIRST, Kind.SECOND}:
        yield Carrier.PIECES
    at_map = not choice.by.moves_state and choice.law.is_of_flow
    if Kind.VELOCITY in kinds and (choice.velocity.carries or at_map):
        yield Carrier.VELOCITY
