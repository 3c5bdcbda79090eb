"""Which runs a teacher's weights may come from."""

from __future__ import annotations

import pytest

from fmdsl.runtime.data import load
from fmdsl.runtime.given import Shape
from fmdsl.runtime.teachers import method_for
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read


@pytest.mark.parametrize(
    ("method", "trained_by"),
    [
        ("ayf_emd", "flow_matching"),
        ("consistency_distillation", "edm"),
        ("freeflow", "flow_matching"),
        ("scd", "trigflow"),
        ("split_meanflow", "flow_matching"),
        ("rcm", None),
    ],
)
def test_a_teacher_is_trained_by_the_method_that_says_the_same_of_its_net(
    method: str, trained_by: str | None
) -> None:
    assert method_for(elaborate_spec(read(method)), "T", load("mixture")) == trained_by


def test_a_raw_vector_takes_a_net_of_any_state_and_no_other_takes_a_raw_vector() -> None:
    raw = Shape((2,), ("vector", "time"), ("vector",), None)
    flow = Shape((2,), ("point", "time"), ("tangent",), None)
    assert raw.takes(flow) and not flow.takes(raw)
    assert not raw.takes(Shape((2,), ("point", "time"), ("logit",), None))
    assert not raw.takes(Shape((3,), ("point", "time"), ("tangent",), None))
