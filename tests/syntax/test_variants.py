"""A spec that extends another one."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.show import show
from fmdsl.syntax.spec import Spec


def codes(text: str) -> list[str]:
    with pytest.raises(Fault) as caught:
        read_text(text)
    return [d.code for d in caught.value.diagnostics]


BASE = """\
spec: base
path: z@t = (1 - t) * x + t * e
nets:
  u: student(point@t, r, t) -> tangent
  w: weight(t) -> scalar
draw:
  x: data
  r, t: ordered(uniform(0, 1))
let:
  a: 1
  f(z): z
  b: 2
minimize:
  u: a
  w: b
identity: u(z, r, t) = z
sample:
  draw: u(e, 0, 1)
"""


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    return tmp_path


def variant(text: str) -> Spec:
    return read_text("spec: mine\nextends: base\n" + text, "mine.yaml")


def test_a_variant_replaces_in_place_adds_and_removes(base: Path) -> None:
    spec = variant("let:\n  f(z): 2 * z\n  c: 3\n  b: ~\nnets:\n  w:\nminimize:\n  w: null\n")
    assert (spec.name, spec.extends) == ("mine", "base")
    assert [(let.name, show(let.body)) for let in spec.lets] == [
        ("a", "1"),
        ("f", "2 * z"),
        ("c", "3"),
    ]
    assert [net.names for net in spec.nets] == [("u",)]
    assert [group.nets for group in spec.groups] == [("u",)]
    assert spec.identities == read("base").identities


def test_an_entry_that_shares_a_name_replaces_the_whole_entry(base: Path) -> None:
    assert [d.names for d in variant("draw:\n  t: uniform(0, 1)\n").draws] == [("x",), ("t",)]


def test_a_variant_replaces_lists_and_the_sampler_whole(base: Path) -> None:
    spec = variant("identity:\n  - meanflow(u)\nsample:\n  velocity(z, t): u(z, t, t)\n")
    assert [show(e) for e in spec.identities] == ["meanflow(u)"]
    assert spec.sampler is not None
    assert spec.sampler.draw is None
    assert variant("sample: ~\n").sampler is None
    assert variant("path: ~\n").paths == ()


def test_stages_take_the_place_of_the_groups(base: Path) -> None:
    spec = variant("stages:\n  one, 1/3:\n    u: a\n  two, 2/3:\n    u: b\n")
    assert spec.groups == ()
    assert len(spec.stages) == 2


def test_what_a_variant_inherits_points_into_its_base(base: Path) -> None:
    spec = variant("let:\n  a: 3\n")
    assert spec.lets[0].span.source is spec.source
    assert spec.lets[1].span.source.path == "base.yaml"


def test_removing_what_is_not_there_is_a_fault(base: Path) -> None:
    with pytest.raises(Fault) as caught:
        variant("let:\n  f1: ~\n")
    assert caught.value.diagnostics[0].code == "E0123"
    assert codes("spec: a\nlet:\n  b: ~\n") == ["E0115"]


def test_a_cycle_ends(base: Path) -> None:
    for name, other in (("one", "two"), ("two", "one"), ("self", "self")):
        (base / f"{name}.yaml").write_text(f"spec: {name}\nextends: {other}\n")
    for name in ("one.yaml", "self.yaml"):
        with pytest.raises(Fault) as caught:
            read(name)
        assert caught.value.diagnostics[0].code == "E0122"


def test_a_chain_of_variants_is_followed(base: Path) -> None:
    (base / "middle.yaml").write_text("spec: middle\nextends: base\nlet:\n  a: 5\n")
    spec = read_text("spec: top\nextends: ./middle.yaml\nlet:\n  b: ~\n", "top.yaml")
    assert [(let.name, show(let.body)) for let in spec.lets] == [("a", "5"), ("f", "z")]
