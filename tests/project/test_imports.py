"""Reading, checking and proving work where torch is absent, and answer at once."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "triton", "sklearn", "matplotlib", "tensorboard", "ot")

WITHOUT_TORCH = [
    "fmdsl",
    "fmdsl.algebra",
    "fmdsl.checks",
    "fmdsl.cli",
    "fmdsl.graph",
    "fmdsl.passes",
    "fmdsl.proofs",
    "fmdsl.syntax.reader",
]


def loaded(code: str) -> list[str]:
    """The heavy packages that a fresh interpreter has imported after running `code`."""
    tail = f"\nimport json, sys; print(json.dumps([m for m in {HEAVY!r} if m in sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", code + tail], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def command(*args: str) -> str:
    """Code that runs the command line as the console script does, and survives its exit."""
    return (
        f"import sys; sys.argv = {['fmdsl', *args]!r}\n"
        "from fmdsl.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code"
    )


@pytest.mark.parametrize("module", WITHOUT_TORCH)
def test_module_imports_without_torch(module: str) -> None:
    _needs(module)
    assert loaded(f"import {module}") == []


@pytest.mark.parametrize("args", [("--help",), ("list",), ("check", "meanflow")], ids=" ".join)
def test_command_runs_without_torch(args: tuple[str, ...]) -> None:
    _needs("fmdsl.cli")
    assert loaded(command(*args)) == []


def test_the_probe_sees_torch() -> None:
    assert loaded("import torch")[0] == "torch"


def _needs(module: str) -> None:
    if find_spec(module) is None:
        pytest.skip(f"{module} does not exist yet")
