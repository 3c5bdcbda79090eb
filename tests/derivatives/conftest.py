"""The nets as fixtures."""

from __future__ import annotations

import pytest

from tests.derivatives.backbones import NETS, Case


@pytest.fixture(params=list(NETS), scope="session")
def case(request: pytest.FixtureRequest) -> Case:
    """Each of the small nets, in float64; shared, so that it is traced once."""
    return Case(request.param)
