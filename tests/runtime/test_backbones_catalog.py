"""Define it in the folder and it exists: a file is a member, and its name is taken once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from fmdsl import catalog
from fmdsl.runtime.data import Source

MEMBER = """
from fmdsl.runtime.data import Source
{variable} = Source("{name}", "about", lambda: None)
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest):
    name = f"shelf_{abs(hash(request.node.name))}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    monkeypatch.syspath_prepend(tmp_path)
    yield folder
    for module in [m for m in sys.modules if m.split(".")[0] == name]:
        del sys.modules[module]


def test_a_new_file_is_a_new_member(package: Path):
    assert catalog.members(package.name, Source) == {}
    (package / "rain.py").write_text(MEMBER.format(variable="it", name="rain"))
    (package / "_draft.py").write_text("raise RuntimeError('not to be imported')")
    assert list(catalog.members(package.name, Source)) == ["rain"]


def test_a_member_that_another_module_imports_is_one_member(package: Path):
    (package / "rain.py").write_text(MEMBER.format(variable="it", name="rain"))
    (package / "snow.py").write_text(f"from {package.name}.rain import it")
    assert list(catalog.members(package.name, Source)) == ["rain"]


def test_two_members_of_one_name_are_refused(package: Path):
    for file in ("a", "b"):
        (package / f"{file}.py").write_text(MEMBER.format(variable="it", name="rain"))
    with pytest.raises(catalog.DuplicateMember, match="'rain'"):
        catalog.members(package.name, Source)


def test_classes_are_the_concrete_ones_defined_there(package: Path):
    (package / "base.py").write_text(
        "from abc import ABC, abstractmethod\n"
        "class Kind(ABC):\n    @abstractmethod\n    def f(self): ...\n"
        "class Half(Kind): ...\n"
    )
    (package / "whole.py").write_text(
        f"from {package.name}.base import Kind\nclass Whole(Kind):\n    def f(self): return 1\n"
    )
    kind = __import__(f"{package.name}.base", fromlist=["Kind"]).Kind
    assert list(catalog.classes(package.name, kind)) == ["whole"]


def test_the_closest_name_ignores_case_and_gives_up_on_strangers():
    assert catalog.closest("Digitz", ["moons", "digits"]) == "digits"
    assert catalog.closest("xyzzy", ["moons", "digits"]) is None
