"""The sampler's rule has the wrong number of arguments

`step(z, t, r)` is a function of a state, its time and the next time; `velocity(z, t)` of a state
and its time. The names are the rule's own. Labels and noise are in reach by the names they are
drawn under, and `fresh` is new noise.

Wrong:

    sample:
      step(z, t): z - t * u(z, 0, t)

Right:

    sample:
      step(z, t, r): z - (t - r) * u(z, r, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label

_READS = {"step": "a state, its time and the next time", "velocity": "a state and its time"}


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "sampler_arguments"):
        usage, given = f.facts["usage"], f.facts["given"]
        kind = usage.partition("(")[0]
        count = "one argument" if given == 1 else f"{given} arguments"
        labels = (Label(f.span, f"given {count}"),) if f.span else ()
        message = f"the sampler's {kind} is a function of {_READS.get(kind, 'other arguments')}"
        yield Diagnostic("E0704", message, labels, helps=(f"write `{usage}: …`",))


CHECK = Check("E0704", _run)
