"""The pointwise optimum of a critic's loss."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.verdict import Verdict
from fmdsl.semantics.elaborated import Output


def optimum_of(case: Case, output: Output) -> Iterator[Verdict]:
    yield from ()
