"""Laws with a name: one file each, collected from this folder.

Other packages join by the entry point `fmdsl.derive_laws`; any other law is typed as an equation.
"""

from __future__ import annotations

from fmdsl.catalog import closest, members
from fmdsl.proofs.derive.laws.known import KnownLaw
from fmdsl.proofs.derive.reading import read_equation
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.said import Said

LAWS: dict[str, KnownLaw] = members("fmdsl.proofs.derive.laws", KnownLaw, "fmdsl.derive_laws")

#: What a law that was typed is called.
UNNAMED = "law"


def known(text: str) -> tuple[str, Said]:
    """A name for the law, and the law: by its name, by what it is also called, or typed."""
    text = " ".join(text.split())
    called = {also: law for law in LAWS.values() for also in (law.name, *law.also)}
    if text in called:
        return called[text].name, read_equation(called[text].equation)
    if "=" in text or "(" in text:
        return UNNAMED, read_equation(text)
    near = closest(text, LAWS)
    meant = f"; did you mean `{near}`?" if near else ""
    raise NotDerived(f"there is no law `{text}`{meant}",
                     f"there are {', '.join(LAWS)}; or type an equation")  # fmt: skip


__all__ = ["LAWS", "UNNAMED", "KnownLaw", "known"]
