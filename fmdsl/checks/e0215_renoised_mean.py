"""A denoiser's mean is noised again (warning)

A denoiser gives the mean of all data that may lie behind a state. A mean is no sample: noised
again it does not follow the law of the data at that level, and looks smoother than data do. Where
the net is meant as a generator in one step, declare its output `point@0`.

Questionable:

    nets:
      T: teacher(point@t, t) -> mean
    let:
      z': path(T(z, t), e', s)

Clear:

    nets:
      G: student(point@t, t) -> point@0
    let:
      z': path(G(z, t), e', s)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "renoised_mean"):
        yield Diagnostic(
            "E0215",
            "a denoiser's mean is noised again",
            (Label(f.span, "a mean, not a sample"), *trail(f)),
            ("noised means do not follow the law of noised data",),
            ("declare the net's output `point@0` if it is a generator",),
            severity="warning",
        )


CHECK = Check("E0215", _run)
