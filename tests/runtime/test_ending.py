"""How processes end: one as any Python, several at once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CALL = "import atexit; atexit.register(print, 'taken down'); from fmdsl.cli import main; main()"


def ended(world: str, *words: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"WORLD_SIZE": world}
    return subprocess.run(
        [sys.executable, "-c", CALL, *words], env=env, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("words", "code"), [(["check", "tvm"], 0), (["check", "tvn"], 1)])
def test_a_process_among_several_takes_no_interpreter_down(words: list[str], code: int) -> None:
    alone, among = ended("1", *words), ended("2", *words)
    assert (alone.returncode, among.returncode) == (code, code)
    assert alone.stdout == among.stdout + "taken down\n"
    assert among.stderr == alone.stderr
