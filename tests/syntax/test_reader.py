"""Documents into specs: every key, variants, stages, files and names."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest

from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.expr import Call, Name, Number
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.parse import parse
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.show import show
from fmdsl.syntax.show_spec import same, show_spec

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


def test_an_unknown_name_gets_a_suggestion(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fmdsl.syntax.locate.shipped", lambda: {"meanflow": tmp_path})
    with pytest.raises(Fault) as caught:
        read("meanfow")
    (fault,) = caught.value.diagnostics
    assert (fault.code, fault.helps) == ("E0120", ("did you mean `meanflow`?",))


def test_reading_imports_nothing_heavy() -> None:
    program = (
        "import sys, fmdsl.syntax.reader as r; r.read_text('spec: a');"
        "print([m for m in ('torch', 'sympy', 'numpy', 'networkx') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr
