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
    assert sorted((r.rows, r.mode) for r in rows) == [(0.25, "train"), (0.75, "train")]
    assert sum(r.cost for r in compiled("meanflow", derivative="exact").explain()) == 1.75
    modes = {r.call: r.mode for r in compiled("dmd2").explain() if r.group == "G"}
    assert modes["T(z, t, c)"] == modes["f(z, t, c)"] == "off"
