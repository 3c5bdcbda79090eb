"""One process, one thread, the same examples every time."""

from __future__ import annotations

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

# Before torch or BLAS is imported: a test's workers share the cores, and a sum's order is fixed.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(variable, "1")
os.environ.setdefault("MPLBACKEND", "agg")

settings.register_profile(
    "here", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("ci", settings.get_profile("here"), derandomize=True, database=None)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(autouse=True)
def _same_numbers() -> None:
    """Torch, where a test module imported it, starts every test from one seed on one thread."""
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)
        torch.manual_seed(0)
