"""The three links, and that every kind of installation carries what stands behind them."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import resources
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LINKED = ("grammar", "specs", "runtime")


@pytest.mark.parametrize("name", LINKED)
def test_link_is_relative_and_tracked(name: str) -> None:
    link = ROOT / "fmdsl" / name
    assert link.is_symlink()
    assert str(link.readlink()) == f"../{name}"
    stage = _git("ls-files", "--stage", f"fmdsl/{name}")
    assert stage.startswith("120000 "), "git must keep it as a link"


def test_every_data_file_is_declared() -> None:
    """A data file whose name no pattern matches would be missing from the wheel."""
    patterns = _pyproject()["tool"]["setuptools"]["package-data"]["*"]
    undeclared = [
        path
        for path in _tracked("fmdsl", *LINKED)
        if path.suffix != ".py" and not any(path.match(pattern) for pattern in patterns)
    ]
    assert undeclared == []


def test_wheel_holds_every_tracked_file(tmp_path: Path) -> None:
    names = _built_wheel(tmp_path)
    expected = {
        str(path if path.parts[0] == "fmdsl" else Path("fmdsl") / path)
        for path in _tracked("fmdsl", *LINKED)
    }
    assert expected - names == set()


def test_data_is_read_through_the_package() -> None:
    grammar = resources.files("fmdsl") / "grammar" / "fmdsl.lark"
    assert grammar.read_text(encoding="utf-8") == (ROOT / "grammar/fmdsl.lark").read_text("utf-8")


def test_every_dependency_is_pinned() -> None:
    project = _pyproject()["project"]
    wanted = [
        *project["dependencies"],
        *chain.from_iterable(project["optional-dependencies"].values()),
    ]
    pinned = {
        line.partition("==")[0].lower().replace("_", "-")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    }
    names = {requirement.partition(">=")[0].lower() for requirement in wanted}
    assert names - pinned == set()


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _git(*args: str) -> str:
    done = subprocess.run(["git", *args], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("not a git checkout")
    return done.stdout


def _tracked(*folders: str) -> list[Path]:
    paths = [Path(line) for line in _git("ls-files", *folders).splitlines()]
    return [path for path in paths if path.name not in LINKED and (ROOT / path).is_file()]


def _built_wheel(out: Path) -> set[str]:
    """Build with the declared backend in a copy, so that no build folder is left in the tree."""
    source = out / "source"
    for name in ("fmdsl", *LINKED):
        shutil.copytree(ROOT / name, source / name, symlinks=True)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    code = "import sys; from setuptools import build_meta; build_meta.build_wheel(sys.argv[1])"
    done = subprocess.run(
        [sys.executable, "-c", code, str(out)],
        cwd=source,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = out.glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())
