"""A group moves too seldom

`G every 5:` moves G at every fifth step, while the others move at each. Ratios in use lie
between 1 and 10; a group that moves less than once in a thousand steps is not trained.

Wrong:

    minimize:
      G every 5000: dot(y, sg(fake - real))

Right:

    minimize:
      G every 5: dot(y, sg(fake - real))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import listed
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label

_MOST = 1000


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        if not 1 <= group.every <= _MOST:
            message = f"{listed(group.nets)} would move once in {group.every} steps"
            place = group.net_spans[0] if group.net_spans else group.span
            labels = (Label(place, f"`every {group.every}`"),)
            helps = (f"`every` is a whole number from 1 to {_MOST}; 5 is usual for a generator",)
            yield Diagnostic("E0909", message, labels, helps=helps)


CHECK = Check("E0909", _run)
