"""Derivatives of nets: one file per strategy, one interface."""

from __future__ import annotations

from fmdsl.lowering.derivatives.calibrate import Calibration, calibrate
from fmdsl.lowering.derivatives.derivative import Derivative
from fmdsl.lowering.derivatives.double_backward import DoubleBackward
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.forward_ad import ForwardAD
from fmdsl.lowering.derivatives.planner import Asked, Choice, Conditions, Cost, Planned, plan
from fmdsl.lowering.derivatives.probe import Facts, probe
from fmdsl.lowering.derivatives.traced import Traced

__all__ = [
    "Asked",
    "Calibration",
    "Choice",
    "Conditions",
    "Cost",
    "Derivative",
    "DerivativeError",
    "DoubleBackward",
    "Exact",
    "Facts",
    "FiniteDifference",
    "ForwardAD",
    "Planned",
    "Traced",
    "calibrate",
    "plan",
    "probe",
]
