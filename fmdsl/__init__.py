"""Write a few-step diffusion or flow objective as mathematics; check it, compile it to torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fmdsl.checks import check
    from fmdsl.compiler import checked, compile
    from fmdsl.lowering.adapter import adapt
    from fmdsl.lowering.rng import Random
    from fmdsl.proofs.relate import relate
    from fmdsl.proofs.verify import verify
    from fmdsl.semantics.diff import diff
    from fmdsl.syntax.diagnostic import Fault
    from fmdsl.syntax.reader import read, read_text

__version__ = "0.1.0"

__all__ = [
    "Fault",
    "Random",
    "adapt",
    "check",
    "checked",
    "compile",
    "diff",
    "read",
    "read_text",
    "relate",
    "verify",
]

#: A public name and where it lives: imported when it is first used, so that torch is not.
_HOMES = {
    "Fault": "fmdsl.syntax.diagnostic",
    "Random": "fmdsl.lowering.rng",
    "adapt": "fmdsl.lowering.adapter",
    "check": "fmdsl.checks",
    "checked": "fmdsl.compiler",
    "compile": "fmdsl.compiler",
    "diff": "fmdsl.semantics.diff",
    "read": "fmdsl.syntax.reader",
    "read_text": "fmdsl.syntax.reader",
    "relate": "fmdsl.proofs.relate",
    "verify": "fmdsl.proofs.verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'fmdsl' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
