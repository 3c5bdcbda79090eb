"""Named identities: equations with a name, one file each, written out for a spec's own names.

`IDENTITIES` is collected from this folder; other packages join by the entry point
`fmdsl.identities`.
"""

from __future__ import annotations

from fmdsl.catalog import members
from fmdsl.identities.identity import Identity

IDENTITIES: dict[str, Identity] = members("fmdsl.identities", Identity, "fmdsl.identities")

__all__ = ["IDENTITIES", "Identity"]
