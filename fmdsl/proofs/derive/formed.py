"""A typed law in the algebra, or why it is no law."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.algebra.atoms import Basis
from fmdsl.algebra.intern import Leaf
from fmdsl.checks import check, errors
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.said import Said, free
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Name, names
from fmdsl.syntax.reader import read_text
from fmdsl.syntax.show import show
from fmdsl.syntax.show_spec import show_path
from fmdsl.syntax.spec import Path


def inputs(said: Said) -> tuple[str, ...]:
    """The signature of the net: `point@t` for the state, a name for each clock."""
    found: list[str] = []
    for e in said.call.args:
        if said.state in names(e):
            found.append(f"point@{said.start}" if isinstance(e, Name) else "vector")
        else:
            told = isinstance(e, Name) and e.id not in found
            found.append(show(e) if told else _gap(said, found))
    return tuple(found)


def _gap(said: Said, taken: list[str]) -> str:
    """A name for what is told as a difference of clocks: `h`."""
    return free({*taken, *said.params}, "h", "k")


def law_of(said: Said, path: str = "") -> Law:
    """The law in the algebra. Raises NotDerived where it is not linear in its net."""
    spec = _elaborated(said)
    equation = spec.equations[0]
    read = Translator(spec, {spec.lets[said.state].key: al.state(said.state)})
    try:
        form = read.vector(equation.left) - read.vector(equation.right)
    except Untranslated as stop:
        raise NotDerived(str(stop), "a law is linear in the state, the net and the flow") from None
    own = _single(said, form, lambda f: f.role == "student", f"the net `{said.net}`")
    exact = _single(said, form, lambda f: f.role in ("flow", "field"), f"`{show(said.exact)}`")
    rest = Vector({a: c for a, c in form.terms.items() if a not in (own, exact)})
    if al.nets_in(rest):
        raise NotDerived(f"the law is not linear in {said.net} and `{show(said.exact)}`",
                         "each stands once, times a number")  # fmt: skip
    if any(isinstance(d, (Basis, al.Fn)) for c in form.terms.values() for d in _told(c)):
        raise NotDerived("a number in the law depends on the state or on a net",
                         "let numbers be functions of the clocks")  # fmt: skip
    law = Law(said, form, own, exact, path_of(path))
    if law.is_of_flow and law.on_diagonal(law.truth) is None:
        t, r = al.text(law.t), al.text(law.r)
        raise NotDerived(
            f"by the law `{said.net}` has no value where the flow's two times meet, at {t} = {r}",
            "let the law say that a flow of no time is the state: both sides agree there",
        )
    return law


def path_of(text: str) -> Path | None:
    """A path as it is typed, with its times: `z@t = (1 - t) * x + t * e, 0 <= t <= 1`.

    Raises Fault where it is none, NotDerived where its two ends are not told.
    """
    if not text:
        return None
    spec = elaborate_spec(read_text(f"spec: law\npath: {' '.join(text.split())}", "<path>"))
    path, route = spec.spec.paths[0], spec.routes[0]
    told = 2 if route.data_end == 0 and route.noise_end == 1 else 0
    if (len(path.domain.operands) - 1 if path.domain else told) != 2:
        raise NotDerived(f"the path `{show_path(path)}` does not say its first and its last time",
                         f"add them: `, 0 <= {path.time} <= 1`")  # fmt: skip
    return path


def _told(number: Scalar) -> Iterator[Leaf]:
    """What a number is made of; functions of clocks are numbers."""
    return (d for d in number.deps if not (isinstance(d, al.Fn) and d.role == "function"))


def _single(said: Said, form: Vector, is_it: Callable[[al.Fn], bool], what: str) -> Jet:
    """The one value of a function that the form is linear in."""
    found = [a for a in form.terms if isinstance(a, Jet) and is_it(a.fn)]
    if len(found) != 1 or any(found[0].orders) or found[0].dirs:
        raise NotDerived(f"`{said.text}` is not solved for {what}",
                         "let it stand once, times a number that is not zero")  # fmt: skip
    return found[0]


def _elaborated(said: Said) -> Elaborated:
    clocks = [p for p in said.params if p != said.state]
    lines = [
        "spec: law", "nets:",
        f"  {said.net}: student({', '.join(inputs(said))}) -> vector",
        "draw:", "  ẋ: data", "  ė: noise", f"  {', '.join(clocks)}: uniform(0, 1)",
        "let:", f"  {said.state}: path(ẋ, ė, {said.start})",
        "identity:", f"  - {said.text}",
    ]  # fmt: skip
    spec = elaborate_spec(read_text("\n".join(lines), "<law>"))
    for d in errors(check(spec)):
        if d.code in ("E0202", "E0203", "E0205", "E0206", "E0207", "E0208", "E0209", "E0211"):
            raise NotDerived(f"the law is not well formed: {d.message}",
                             "; ".join(d.helps) or f"fmdsl explain {d.code}")  # fmt: skip
    return spec
