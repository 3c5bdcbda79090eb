"""Relations between methods, each with the proof that is run for it.

`decide` runs the proof and says what was found, in the words of the table; `verdict` is what is
to be found. A relation that is about specs is decided by `relate` or `verify` on specs: shipped
ones, or texts that extend them. What is about formulas alone is a test of the algebra, run here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module

from fmdsl import algebra as al
from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations import OBLIGATIONS
from fmdsl.proofs.relate import relate
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.reader import read, read_text

#: What a test says that compares numbers, and proves nothing.
NUMBERS = "holds in numbers"
Decide = Callable[[], str]


@dataclass(frozen=True)
class Relation:
    """`number` is that of the table; `by` says which command, or which test, decides it."""

    number: str
    statement: str
    specs: tuple[str, ...]
    verdict: str
    by: str
    decide: Decide


@cache
def spec(text: str) -> Elaborated:
    """A shipped spec by its name, or one by its text."""
    return elaborate_spec(read_text(text) if "\n" in text else read(text))


def related(a: str, b: str, limit: str = "", **settings: str | int) -> Decide:
    """`relate` of two specs: the kind, and the factor where it is not one."""

    def decide() -> str:
        values = {name: Fraction(value) for name, value in settings.items()}
        found = relate(spec(a), spec(b), values, (limit, Fraction(0)) if limit else None)
        if found.kind == "different":
            return "different" if found.counterexample else "not decided"
        factor = found.factor
        return found.kind if factor in (None, 1) else f"{found.kind}, factor {al.text(factor)}"

    return decide


def verified(text: str, obligation: str, subject: str = "") -> Decide:
    """The kinds of verdict of an obligation, of subjects that begin so."""

    def decide() -> str:
        case = Case(spec(text))
        proofs = (v for o in OBLIGATIONS if o.name == obligation for v in o.prove(case))
        return ", ".join(dict.fromkeys(v.kind for v in proofs if v.subject.startswith(subject)))

    return decide


def passing(name: str, verdict: str = "proved") -> Decide:
    """What a test shows that passes: `tests.algebra.test_relations.TestMeanFlow.test_r2_…`."""

    def decide() -> str:
        path, _, test = name.rpartition(".")
        home, _, owner = path.rpartition(".")
        held = getattr(import_module(home), owner)() if owner[0].isupper() else import_module(path)
        getattr(held, test)()
        return verdict

    return decide


def algebra(module: str, test: str, verdict: str = "proved") -> tuple[str, Decide]:
    """A relation of formulas: where its test is, and the test."""
    name = f"tests.algebra.{module}.{test}"
    by = "numbers" if verdict == NUMBERS else "algebra"
    return f"{by}: `{test.rpartition('.')[2]}`", passing(name, verdict)


def numbers(module: str, test: str) -> tuple[str, str, Decide]:
    """A relation that a test finds in numbers: its verdict, where its test is, and the test."""
    return NUMBERS, *algebra(module, test, NUMBERS)


def plain(loss: str, *lets: str, identity: str = "meanflow(u)") -> str:
    """An average velocity without labels or weights, on the linear path."""
    written = "".join(f"  {let}\n" for let in lets)
    return f"""spec: plain
nets:
  u: student(point@t, r, t) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)
let:
{written}  z: path(x, e, t)
minimize:
  u: {loss}
identity: {identity}
sample:
  step(z, t, r): z - (t - r) * u(z, r, t)
  times: 1, 0
"""


def consistency(loss: str, *lets: str) -> str:
    """A consistency function, by itself."""
    written = "".join(f"  {let}\n" for let in lets)
    return f"""spec: consistency
nets:
  f: student(point@t, t) -> mean
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
{written}  z: path(x, e, t)
minimize:
  f: {loss}
identity:
  - f(z, t) = flow(z, t, 0)
sample:
  step(z, t, r): path(f(z, t), fresh, r)
  times: 1, 0
"""


#: MeanFlow without weight and labels; the continuous consistency loss.
MEANFLOW = plain("sse(u(z, r, t), sg(D(z, t) - (t - r) * D(u(z, r, t), t)))")
CONTINUOUS = consistency("dot(f(z, t), sg(D(f(z, t), t)))")
