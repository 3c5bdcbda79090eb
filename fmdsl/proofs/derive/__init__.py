"""`fmdsl derive`: from a law to the objectives that follow from it.

An objective is a point of a table: law × variable × solved side × velocity × stop. Each of the five
is a small open set, a folder with one file per member; no objective is stored. The derivation is
in `derivation`, the table in `table`.
"""

from fmdsl.proofs.derive.derivation import Derived, derive
from fmdsl.proofs.derive.refusal import NotDerived

__all__ = ["Derived", "NotDerived", "derive"]
