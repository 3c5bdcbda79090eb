"""What an obligation is: a name, and the verdicts on a spec."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc

from fmdsl.proofs.case import Case
from fmdsl.proofs.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Obligation:
    """One thing to be established; the docstring of `prove`'s module is its manual page."""

    name: str
    prove: Callable[[Case], Iterator[Verdict]]

    @property
    def manual(self) -> str:
        return cleandoc(sys.modules[self.prove.__module__].__doc__ or "")
