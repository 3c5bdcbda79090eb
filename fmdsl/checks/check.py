"""What a check is: a code, the rule it holds, and the faults it finds."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from inspect import cleandoc
from typing import Any

from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.source import Span


@dataclass(frozen=True, slots=True)
class Check:
    """One fault, one file: the docstring of `run`'s module is the manual page of `code`."""

    code: str
    run: Callable[[Elaborated], Iterator[Diagnostic]]
    #: Faults after which this one would only tell the same thing again.
    after: tuple[str, ...] = ()

    @property
    def manual(self) -> str:
        """The page that `fmdsl explain CODE` prints; its first line is the title."""
        return cleandoc(sys.modules[self.run.__module__].__doc__ or "")


@dataclass(frozen=True, slots=True)
class Found:
    """A finding of the elaborator that has a place."""

    rule: str
    span: Span
    facts: dict[str, Any]


def findings(spec: Elaborated, *rules: str) -> Iterator[Found]:
    """What elaboration could not give a meaning to, of these rules and with a place."""
    for f in spec.findings:
        if f.rule in rules and f.span is not None:
            yield Found(f.rule, f.span, f.facts)
