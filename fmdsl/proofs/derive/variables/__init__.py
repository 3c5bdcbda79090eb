"""What is done with a law: one file each. `VARIABLES` is collected from this folder."""

from __future__ import annotations

from fmdsl.catalog import members
from fmdsl.proofs.derive.variables.variable import Variable

VARIABLES: dict[str, Variable] = members("fmdsl.proofs.derive.variables", Variable)

__all__ = ["VARIABLES", "Variable"]
