"""The ordinary slips, one kind a file, each with the edits that would mend it.

Whether an edit does mend is not decided here: `fmdsl.proofs.mend` proves it.
"""

from __future__ import annotations

from fmdsl.proofs.repairs.repair import Edit, Repair

from fmdsl.proofs.repairs import (  # isort: skip
    anchor, schedule, guidance, stop, sign, minus, exchange, derivative, excess, summand, factor,
    clock, place, label, velocity, weight, price, roles, noise, root,
)  # fmt: skip

#: The likelier slips first: of two edits that mend, the first is told.
REPAIRS: tuple[Repair, ...] = (
    anchor.REPAIR,
    schedule.REPAIR,
    guidance.REPAIR,
    stop.REPAIR,
    sign.REPAIR,
    minus.REPAIR,
    exchange.REPAIR,
    derivative.REPAIR,
    excess.REPAIR,
    summand.REPAIR,
    factor.REPAIR,
    label.REPAIR,
    clock.REPAIR,
    place.REPAIR,
    velocity.REPAIR,
    weight.REPAIR,
    price.REPAIR,
    roles.REPAIR,
    noise.REPAIR,
    root.REPAIR,
)

__all__ = ["REPAIRS", "Edit", "Repair"]
