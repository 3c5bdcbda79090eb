"""The official way of writing each step, re-written in plain torch from its description."""

from __future__ import annotations

from . import dmd2, flow_matching, imf, lsd, meanflow, scm, tvm
from .form import Form

#: By method and by whose form it is.
FORMS: dict[str, dict[str, Form]] = {
    "flow_matching": {"plain torch": flow_matching.plain},
    "meanflow": {"py-meanflow": meanflow.recorded, "FastGen": meanflow.apart},
    "imf": {"recorded jvp": imf.recorded},
    "tvm": {"TVM code": tvm.plain},
    "tvm_guided": {"TVM code": tvm.guided},
    "lsd": {"recorded jvp": lsd.recorded},
    "scm": {"FastGen": scm.apart},
    "dmd2 generator": {"DMD2 code": dmd2.generator},
    "dmd2 critic": {"DMD2 code": dmd2.critic},
}
