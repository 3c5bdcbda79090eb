"""What `make lint` says, as tests: style, the import layers and strict types."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent


def run(*command: str) -> None:
    tool = BIN / command[0]
    if not tool.exists():
        pytest.skip(f"{command[0]} is not installed; install the extra `dev`")
    done = subprocess.run(
        [str(tool), *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_style() -> None:
    run("ruff", "check", "--quiet")


def test_format() -> None:
    run("ruff", "format", "--check", "--quiet")


def test_imports_go_downwards() -> None:
    run("lint-imports", "--no-cache")


def test_types_are_strict() -> None:
    if not (shutil.which("node") or os.environ.get("CI")):
        pytest.skip("pyright needs node, and would download it here")
    run("pyright", "--pythonpath", sys.executable, "--level", "error")


@pytest.mark.parametrize("folder", ["fmdsl", "runtime", "tests", "benchmarks"])
def test_no_file_is_a_runaway(folder: str) -> None:
    """Where an open set is kept in one module, that module grows: 250 lines is the limit."""
    files = [path for path in (ROOT / folder).rglob("*.py") if not path.is_symlink()]
    long = {str(path.relative_to(ROOT)): lines for path in files if (lines := _lines(path)) > 250}
    assert long == {}


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())
