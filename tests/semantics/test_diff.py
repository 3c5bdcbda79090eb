"""What `fmdsl diff` says of neighbouring methods, word for word: `test_diff.md`."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.cli.commands import diff as command
from fmdsl.semantics.diff import diff
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read

PAGE = Path(__file__).with_suffix(".md")


def pairs() -> dict[str, str]:
    """`meanflow imf` to the text below that heading."""
    parts = PAGE.read_text("utf-8").split("\n## ")[1:]
    return {p.partition("\n")[0]: p.partition("```text\n")[2].partition("```")[0] for p in parts}


@pytest.mark.parametrize("names", pairs())
def test_what_is_said(names: str, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = names.split()
    command.run(a, b, False)
    assert capsys.readouterr().out == pairs()[names]


@pytest.mark.parametrize("name", ["meanflow", "tvm", "imf_guided", "rcm", "dmd2"])
def test_a_method_does_not_differ_from_itself(name: str) -> None:
    spec = elaborate_spec(read(name))
    assert {part.verdict for part in diff(spec, spec)} == {"equal"}
