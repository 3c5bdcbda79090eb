"""Programs made alike: by other settings, as copies."""

from __future__ import annotations

import copy

import fmdsl
from tests.lowering.nets import bare, batch, compiled, nets


def test_settings_are_numbers_of_one_program() -> None:
    data = batch()
    given = nets("dmd2")
    one, two = (fmdsl.compile("dmd2", nets=given, settings={"λG": v}) for v in (0, "0.5"))
    drawn = one.draw(data, "G")
    a, b = (p(data, "G", draws=drawn)["G"] for p in (one, two))
    assert b > a


def test_a_copy_of_a_program_is_another_program() -> None:
    program = compiled("tvm")
    twin = copy.deepcopy(program)
    twin(batch())["F"].backward()
    assert bare(program.weights["F"])
    assert not bare(twin.weights["F"])
