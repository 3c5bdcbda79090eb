"""Tests written as Markdown: a `yaml` block, and below it a `text` block with what is said of it.

    @pytest.mark.parametrize("case", cases(Path(__file__).parent), ids=str)
    def test_what_is_said(case: Case) -> None:
        case.check(diagnose)

With FMDSL_UPDATE=1 in the environment the `text` blocks are rewritten.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_PAIR = re.compile(
    r"^```yaml\n(?P<given>.*?)^```\n(?P<between>\s*?)^```text\n(?P<said>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Case:
    """One pair of blocks, under the heading that it stands below."""

    file: Path
    number: int
    title: str
    given: str
    said: str

    def __str__(self) -> str:
        return f"{self.file.stem}-{self.number}-{self.title}"

    def check(self, diagnose: Callable[[str], str]) -> None:
        """`diagnose(given)` is what the `text` block says, to the letter."""
        said = diagnose(self.given).rstrip("\n") + "\n"
        if updating():
            self._rewrite(said)
        else:
            assert said == self.said, f"{self}: run with FMDSL_UPDATE=1 if this is right\n{said}"

    def _rewrite(self, said: str) -> None:
        text = self.file.read_text(encoding="utf-8")
        start, end = list(_PAIR.finditer(text))[self.number].span("said")
        self.file.write_text(text[:start] + said + text[end:], encoding="utf-8")


def updating() -> bool:
    return os.environ.get("FMDSL_UPDATE", "") not in ("", "0")


def cases(folder: Path) -> list[Case]:
    """Every pair of blocks in the Markdown files of a folder."""
    return [case for file in sorted(folder.glob("*.md")) for case in _cases(file)]


def _cases(file: Path) -> list[Case]:
    text = file.read_text(encoding="utf-8")
    pairs = list(_PAIR.finditer(text))
    assert text.count("\n```yaml\n") == len(pairs), f"{file}: a yaml block without a text block"
    return [
        Case(file, i, _title(text[: pair.start()]), pair["given"], pair["said"])
        for i, pair in enumerate(pairs)
    ]


def _title(before: str) -> str:
    headings = re.findall(r"^#+ (.*)$", before, re.MULTILINE)
    return headings[-1] if headings else ""
