"""`fmdsl verify`, `relate` and `derive` as a user meets them."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.dom.minidom import parseString


def fmdsl(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "fmdsl", *args]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_a_right_spec_exits_with_zero_and_a_line_for_each_obligation():
    done = fmdsl("verify", "flow_matching")
    assert done.returncode == 0
    assert re.search(r"proved +truth stationary +v:", done.stdout)


def test_a_wrong_spec_exits_with_one_and_says_why_first(tmp_path: Path):
    from fmdsl.syntax.reader import read

    text = read("meanflow").source.text
    spec = tmp_path / "mine.yaml"
    spec.write_text(text.replace("D(z, t) - (t", "D(z, t) + (t"))
    done = fmdsl("verify", str(spec))
    assert done.returncode == 1
    first, *rest = done.stdout.splitlines()
    assert first.startswith("meanflow: refused: in `target`, ")
    assert first.endswith("did you mean `target: D(z, t) - (t - r) * D(u(z, r, t, c), t)`?")
    assert f"  --> {spec}:" in "\n".join(rest) and "for what is free it is" in done.stdout


def test_the_data_and_the_page_hold_the_derivations(tmp_path: Path):
    page = tmp_path / "proofs.html"
    done = fmdsl("verify", "meanflow", "--json", "--html", str(page))
    (report,) = json.loads(done.stdout)
    assert report["verdicts"][1]["steps"][-1]["text"] == "0"
    html = page.read_text()
    assert "<script" not in html and "http" not in html.replace("http://www.w3.org/1998/Math", "")
    formulas = re.findall(r"<math.*?</math>", html)
    assert len(formulas) > 5
    for formula in formulas:
        parseString(formula)


def test_proofs_do_not_import_torch():
    code = (
        "import sys; from fmdsl.proofs.verify import verify_all; "
        "from fmdsl.syntax.reader import read; "
        "verify_all(read('dmd2')); sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_a_relation_is_told_with_its_derivation_and_decides_the_exit_code():
    done = fmdsl("relate", "alphaflow", "meanflow", "--limit", "α=0")
    assert done.returncode == 0 and "limit" in done.stdout.splitlines()[0]
    assert fmdsl("relate", "meanflow", "esd").returncode == 1


def test_a_derived_spec_is_a_file_that_verifies(tmp_path: Path):
    law = "t * flow(z, t, r) = r * z + (t - r) * X(z, r, t)"
    done = fmdsl("derive", law, "--by", "t", "--for", "X", "--steps")
    net_first = "r * z + (t - r) * X(z, r, t) = t * flow(z, t, r)"
    assert done.stdout.startswith(f"# fmdsl derive '{net_first}' --by t --for X")
    assert "# 2. Differentiate by t" in done.stdout and r"#      $ r\,z" in done.stdout
    spec = tmp_path / "mine.yaml"
    spec.write_text(done.stdout)
    assert fmdsl("verify", str(spec)).returncode == 0
    assert fmdsl("check", str(spec)).returncode == 0


def test_what_does_not_follow_is_refused_with_a_remedy():
    refused = fmdsl("derive", "averge", "--by", "t", "--for", "u")
    assert refused.returncode == 1 and "did you mean `average`" in refused.stderr
    faulty = fmdsl("derive", "u(z, t = flow(z, t, 0)", "--by", "t")
    assert faulty.returncode == 1 and "error[E0130]" in faulty.stderr and "<law>" in faulty.stderr


def test_the_table_of_what_can_be_derived_is_listed():
    told = fmdsl("derive").stdout
    assert re.search(r"--velocity +own +the net's own", told)
    assert re.search(r"--by r --for velocity --velocity own +--stop velocity", told)
    rows = json.loads(fmdsl("derive", "average", "--list", "--json").stdout)
    first = next(r for r in rows if r["by"] == "t" and r["for"] == "u")
    assert first == {"law": "average", "by": "t", "for": "u", "velocity": "conditional",
                     "stop": "derivative", "stops": ["derivative", "target"]}  # fmt: skip
