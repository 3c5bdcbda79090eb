"""Specs damaged at random are told of, never tripped over; checks need neither torch nor sympy."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fmdsl.checks import check_text

FOLDER = Path(__file__).parent / "accepted"
TOKEN = re.compile(r"[^\W\d]\w*'?|\d+\.?\d*|[-+*/^(),@=<>:]")


@pytest.mark.parametrize("spec", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_a_damaged_spec_breaks_no_check(spec: Path) -> None:
    dice = random.Random(spec.stem)
    for _ in range(8):
        check_text(_damaged(spec.read_text(encoding="utf-8"), dice))


def test_checks_import_neither_torch_nor_sympy() -> None:
    code = "import sys, fmdsl.checks; print({'torch', 'sympy', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _damaged(text: str, dice: random.Random) -> str:
    """One to three tokens removed, doubled or replaced by others of the same text."""
    for _ in range(dice.randint(1, 3)):
        tokens = list(TOKEN.finditer(text))
        here, other = dice.choice(tokens), dice.choice(tokens).group()
        put = dice.choice(["", other, f"{other}, {here.group()}"])
        text = text[: here.start()] + put + text[here.end() :]
    return text
