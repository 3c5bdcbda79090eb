"""`terminal_velocity(f)`: f is the map to its other time, whose slope there is the velocity."""

from __future__ import annotations

from fmdsl.identities.identity import Identity, Subject


def _write(f: Subject) -> str:
    return f"{f.call} = flow({f.state}, {f.clock}, {f.end})"


IDENTITY = Identity("terminal_velocity", _write)
