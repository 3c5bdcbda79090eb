"""`meanflow(u)`: u is the average velocity between its two times."""

from __future__ import annotations

from fmdsl.identities.identity import Identity, Subject


def _write(u: Subject) -> str:
    z, t, r = u.state, u.clock, u.end
    return f"{u.call} = (flow({z}, {t}, {r}) - {z}) / ({r} - {t})"


IDENTITY = Identity("meanflow", _write)
