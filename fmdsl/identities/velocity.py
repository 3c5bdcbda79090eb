"""`velocity(v)`: v is the marginal velocity."""

from __future__ import annotations

from fmdsl.identities.identity import Identity, Subject


def _write(v: Subject) -> str:
    return f"{v.call} = velocity({v.state}, {v.clock})"


IDENTITY = Identity("velocity", _write)
