"""Compiling without the checks, for specs that the checks refuse."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fmdsl.lowering.prepare import prepared
from fmdsl.lowering.program import Program
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.spec import Spec


def unchecked(
    spec: Spec, nets: Mapping[str, Any], settings: Any = None, derivative: Any = "exact"
) -> Program:
    elaborated = elaborate_spec(spec)
    return Program(elaborated, prepared(elaborated, nets), derivative=derivative)
