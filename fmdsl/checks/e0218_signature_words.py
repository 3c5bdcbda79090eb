"""A role or a kind that signatures do not have

Roles: student, critic, weight (trained); teacher, frozen (given). The average of a net that is
trained is no net of its own: `ema(u(z, t), 0.99)`.

Kinds of what is read: point@LEVEL, tangent, noise, mean, vector, covector, logit, feature, label;
any other name is a clock or a number under that name. Kinds of what is given: point@LEVEL,
tangent, noise, mean, vector, covector, logit, feature, scalar.

Wrong:

    nets:
      v: pupil(point@t, t) -> velocity

Right:

    nets:
      v: student(point@t, t) -> tangent
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.signatures import KINDS, ROLES
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.spec import Net

#: What users call a kind in other notations.
_SYNONYMS = {"velocity": "tangent", "state": "point", "image": "point", "score": "covector"}


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_role"):
        name, near = f.facts["name"], f.facts["suggestion"]
        remedy = f"did you mean `{near}`?" if near else f"the roles are {', '.join(ROLES)}"
        if name == "ema":
            remedy = "an average is written where it is used: `ema(u(z, t), 0.99)`"
        yield Diagnostic("E0218", f"there is no role `{name}`", (Label(f.span),), helps=(remedy,))
    for f in findings(spec, "unknown_kind"):
        if any(n.span.start <= f.span.start < n.span.end for n in _of_no_role(spec)):
            continue
        name = f.facts["name"]
        near = _SYNONYMS.get(name) or f.facts["suggestion"]
        remedy = f"did you mean `{near}`?" if near else f"the kinds are {', '.join(KINDS)}"
        message = "this is no kind" if name == "?" else f"nothing is of kind `{name}`"
        yield Diagnostic("E0218", message, (Label(f.span),), helps=(remedy,))


def _of_no_role(spec: Elaborated) -> tuple[Net, ...]:
    """Nets whose role is not known: what stands in their signatures is not told as well."""
    return tuple(n for n in spec.spec.nets if n.role not in ROLES)


CHECK = Check("E0218", _run)
