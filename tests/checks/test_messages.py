"""Every check against its Markdown page: what is told of a wrong spec and of its mend."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from fmdsl.checks import CHECKS, CODES, check_text, errors, explain
from tests.diagnose import diagnose_checked
from tests.markdown import Case, cases

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("case", cases(FOLDER), ids=str)
def test_what_is_told(case: Case) -> None:
    case.check(diagnose_checked)


@pytest.mark.parametrize("code", sorted(CHECKS))
def test_every_check_has_a_manual_page_and_a_test(code: str) -> None:
    title, blank, *rest = explain(code).splitlines()
    assert title and not title.endswith(".") and blank == "" and rest
    assert re.search(r"^(Wrong|Questionable):$", "\n".join(rest), re.MULTILINE)
    assert list(FOLDER.glob(f"{code.lower()}*.md"))


def test_an_unknown_code_has_a_suggestion() -> None:
    assert set(CHECKS) < set(CODES)
    assert explain("e0210") == explain("E0210")
    with pytest.raises(KeyError, match="did you mean E0405"):
        explain("E0405x")


def test_no_fault_hides_another() -> None:
    """All faults of a file in one go, in the order of the text, each once."""
    text = """\
spec: a
nets:
  v: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(1, 0)
let:
  z: path(x, eps, t)
  z': path(e, x, t)
minimize:
  v: sse(v(z', t), x - e) + sse(v(x, t), D(z, t)) + mena(z')
"""
    codes = [d.code for d in errors(check_text(text))]
    expected = ["E0803", "E0201", "E0214", "E0214", "E0211", "E0210", "E0202"]
    assert [code for code in codes if code < "E03" or code > "E08"] == expected
