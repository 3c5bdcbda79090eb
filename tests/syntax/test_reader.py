"""Documents into specs: every key, variants, stages, files and names."""

from __future__ import annotations

import subprocess
import sys
import time
from fractions import Fraction
from pathlib import Path

import pytest

from fmdsl.syntax import reader
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.expr import Call, Name, Number
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.parse import parse
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.show import show
from fmdsl.syntax.show_spec import same, show_spec
from fmdsl.syntax.spec import Spec

WHOLE = """\
# every key once
spec: whole
paper: arXiv:2505.13447
about: |
  Two lines: with a colon,
  and a - dash.
space: sphere(2)
path:
  - z@t = (1 - t) * x + t * e
  - w@σ = y + σ * e, 0.002 <= σ <= 80

nets:
  u, v: student(point@t, r, t, label, start=T) -> tangent, tangent
  T: teacher(point@t, t) -> tangent
  ū: ema(u, 0.999)

draw:
  x, c: data
  r, t: ordered(logit_normal(-0.4, 1.0),
                equal=0.75)

let:
  α: 0.5
  f(z, t): z - t * u(z, 0, t, c)

stages:
  warmup, 0.2:
    u: sse(u(z, r, t, c), sg(v))
  main, 4/5:
    u, v every 5: mean(f(z, t)^2)

identity:
  - u(z, r, t, c) = (flow(z, t, r) - z) / (r - t)
  - meanflow(u)
claims:
  - equal(imf)
  - limit(alphaflow, alpha=0)

sample:
  step(z, t, r): z - (t - r) * u(z, r, t, c)
  times: 1, 0.5, 0
"""


def codes(text: str) -> list[str]:
    with pytest.raises(Fault) as caught:
        read_text(text)
    return [d.code for d in caught.value.diagnostics]


def test_every_key_is_read() -> None:
    spec = read_text(WHOLE)
    assert (spec.name, spec.paper) == ("whole", "arXiv:2505.13447")
    assert spec.about == "Two lines: with a colon,\nand a - dash."
    assert spec.space == parse("sphere(2)")
    assert [(p.state, p.time) for p in spec.paths] == [("z", "t"), ("w", "σ")]
    assert spec.paths[1].domain == parse("0.002 <= σ <= 80")
    net, _, ema = spec.nets
    assert (net.names, net.role, net.start) == (("u", "v"), "student", "T")
    assert net.inputs[0] == Call("@", (Name("point"), Name("t")))
    assert net.outputs == (Name("tangent"), Name("tangent"))
    assert (ema.role, ema.inputs, ema.outputs) == ("ema", (Name("u"), Number("0.999")), ())
    assert [d.names for d in spec.draws] == [("x", "c"), ("r", "t")]
    assert [(let.name, let.params) for let in spec.lets] == [("α", None), ("f", ("z", "t"))]
    assert [(s.name, s.share) for s in spec.stages] == [
        ("warmup", Fraction(1, 5)),
        ("main", Fraction(4, 5)),
    ]
    assert [(g.nets, g.every) for g in spec.stages[1].groups] == [(("u", "v"), 5)]
    assert spec.groups == ()
    assert [show(e) for e in spec.identities][1] == "meanflow(u)"
    assert [show(e) for e in spec.claims] == ["equal(imf)", "limit(alphaflow, alpha=0)"]
    assert spec.sampler is not None
    assert spec.sampler.step is not None
    assert spec.sampler.step.params == ("z", "t", "r")
    assert spec.sampler.times == (Number("1"), Number("0.5"), Number("0"))


def test_every_part_knows_its_place() -> None:
    spec = read_text(WHOLE)
    net = spec.nets[0]
    assert [s.text for s in net.name_spans] == ["u", "v"]
    assert net.role_span.text == "student"
    assert net.start_span is not None
    assert net.start_span.text == "T"
    assert net.span.text.startswith("u, v: student(")
    assert spec.lets[1].name_span.text == "f"
    assert spec.stages[1].groups[0].net_spans[1].text == "v"
    assert spec.name_span.text == "whole"


def test_a_spec_printed_reads_back_as_the_same_spec() -> None:
    spec = read_text(WHOLE)
    again = read_text(show_spec(spec))
    assert same(spec, again)
    assert show_spec(again) == show_spec(spec)
    assert not same(spec, read_text(WHOLE.replace("0.999", "0.99")))


@pytest.mark.parametrize("name", sorted(shipped()))
def test_a_shipped_spec_reads_and_prints_back(name: str) -> None:
    spec = read(name)
    assert spec.name == name
    assert same(spec, read_text(show_spec(spec)))


def test_raw_slices_are_read_not_what_yaml_makes_of_them() -> None:
    text = "spec: on\nlet:\n  yes: no\n  a: 010\n  b: 1e3\n"
    spec = read_text(text)
    assert [(let.name, show(let.body)) for let in spec.lets] == [
        ("yes", "no"),
        ("a", "010"),
        ("b", "1e3"),
    ]
    for value in (".5", "1_000", "1:30"):
        assert codes(f"spec: a\nlet:\n  a: {value}\n")[0] in ("E0130", "E0131")


def test_quotes_are_accepted_where_they_change_nothing() -> None:
    assert read_text("spec: a\nlet:\n  b: 'x + y'\n").lets[0].body == parse("x + y")
    assert codes('spec: a\nlet:\n  b: "x\\ty"\n') == ["E0116"]


def test_crlf_and_a_byte_order_mark_are_text() -> None:
    spec = read_text("\ufeff" + WHOLE.replace("\n", "\r\n"))
    assert same(spec, read_text(WHOLE))
    assert spec.lets[0].span.source.line(23) == "  α: 0.5"


def test_all_faults_of_a_file_are_told_together_in_order() -> None:
    text = """\
spec: a
nest:
  u: student(point@t, t) -> tangent
draw:
  x: - data
  x: mean(y, axis: 1)
let:
  z: (1 - t) x
  w: f(a=1, a=2)
minimize:
  u every often: z
"""
    assert codes(text) == ["E0113", "E0106", "E0111", "E0107", "E0130", "E0137", "E0140"]


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


def test_an_unknown_name_gets_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fmdsl.syntax.locate.shipped", lambda: {"meanflow": tmp_path})
    with pytest.raises(Fault) as caught:
        read("meanfow")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.helps) == ("E0120", ("did you mean `meanflow`?",))


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "zero.yaml").write_bytes(b"spec: a\x00\n")
    (tmp_path / "latin.yaml").write_bytes("spec: é".encode("latin-1"))
    (tmp_path / "large.yaml").write_bytes(b"# \n" * 400_000)
    (tmp_path / "empty.yaml").write_bytes(b"")
    found = {}
    for name in ("missing", "zero", "latin", "large", "empty", "."):
        with pytest.raises(Fault) as caught:
            read(tmp_path / (f"{name}.yaml" if name != "." else "."))
        found[name] = caught.value.diagnostics[0].code
    assert found == {
        "missing": "E0121", "zero": "E0102", "latin": "E0102",
        "large": "E0103", "empty": "E0101", ".": "E0121",
    }  # fmt: skip


def _billion_laughs() -> str:
    rows = ["spec: a", "let:", "  a0: &a0 x"]
    rows += [f"  a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 1000)]
    return "\n".join(rows)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (_billion_laughs(), "E0110"),
        ("spec: a\nlet:\n  b: " + "x" * 50_000, "E0133"),
        ("spec: a\nlet:\n  b: " + "x +\n    " * 9_000 + "x", "E0133"),
        ("[" * 9_000, "E0109"),
        ("- " * 4_000 + "a", "E0112"),
        ("spec: a\nlet:\n" + "  b: 1\n" * 10_000, "E0111"),
        ("? " * 4_000 + "a", "E0104"),
    ],
)
def test_a_hostile_document_is_answered_soon(text: str, code: str) -> None:
    start = time.perf_counter()
    found = codes(text)
    assert code in found
    assert len(found) <= reader.MAX_FAULTS
    assert time.perf_counter() - start < 15


def test_reading_imports_nothing_heavy() -> None:
    program = (
        "import sys, fmdsl.syntax.reader as r; r.read_text('spec: a');"
        "print([m for m in ('torch', 'sympy', 'numpy', 'networkx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
