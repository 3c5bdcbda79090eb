"""What `verify` says of a broken spec, to the letter, up to the verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.proofs.verify import verify_all
from fmdsl.syntax.reader import read_text
from fmdsl.syntax.render import render
from tests.markdown import Case, cases


def told(text: str) -> str:
    """The first line, and the first of what refuses the spec."""
    report = verify_all(read_text(text, "spec.yaml"))
    return f"{report.headline}\n\n{render(report.refusals[0])}"


@pytest.mark.parametrize("case", cases(Path(__file__).parent), ids=str)
def test_what_is_said_of_a_slip(case: Case) -> None:
    case.check(told)
