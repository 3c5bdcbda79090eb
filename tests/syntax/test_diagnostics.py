"""The messages of the reader, as Markdown."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.diagnose import diagnose
from tests.markdown import Case, cases


@pytest.mark.parametrize("case", cases(Path(__file__).parent), ids=str)
def test_what_is_said(case: Case) -> None:
    case.check(diagnose)
