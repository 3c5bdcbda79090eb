"""`consistency(f)`: f is the map to the clean end."""

from __future__ import annotations

from fmdsl.identities.identity import Identity, Subject


def _write(f: Subject) -> str:
    return f"{f.call} = flow({f.state}, {f.clock}, {f.clean})"


IDENTITY = Identity("consistency", _write)
