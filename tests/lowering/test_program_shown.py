"""A program can be read: its torch code, and the table of its net calls."""

from __future__ import annotations

from tests.lowering.nets import compiled


def test_the_code_is_readable_torch() -> None:
    code = compiled("flow_matching").code
    assert "z = mul + mul_1" in code
    assert "v = self.v(z, t, c_row)" in code
    assert "mse_ = mse(v, sub_1)" in code


def test_explain_says_every_call() -> None:
    rows = compiled("meanflow").explain()
    assert [(r.call[:2], r.rows, r.memory) for r in rows] == [
        ("u(", 0.75, 0.75),
        ("D ", 0.25, 0.25),
    ]
    assert rows[1].otherwise
    assert sum(r.cost for r in compiled("meanflow", derivative="exact").explain()) == 1.75
    modes = {r.call: r.mode for r in compiled("dmd2").explain() if r.group == "G"}
    assert modes["T(z, t, c)"] == modes["f(z, t, c)"] == "off"
