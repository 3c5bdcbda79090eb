"""The spec of an objective, section by section, from the facts of its law and its choices.

Clocks are drawn in the order of the flow; the diagonal gets a term where the velocity is learned
there, or where the identity holds no velocity at all; the sampler is the net's map.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.proofs.derive.anchor import tie_to
from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.fits import carriers
from fmdsl.proofs.derive.formed import inputs
from fmdsl.proofs.derive.phrase import sentence, subject
from fmdsl.proofs.derive.say import call, mapped, stopped, text
from fmdsl.proofs.derive.sides.side import Solved
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.show import show
from fmdsl.syntax.show_spec import show_path


def compose(choice: Choice, solved: Solved, name: str) -> str:
    """The text of the spec."""
    law = choice.law
    named = (v.output(law) for v in choice.stands if v.output is not None)
    between = (al.text(law.between), al.text(law.share))
    draft = Draft(law, frozenset((*named, *between)))
    error = _error(draft, choice, solved)
    _ties(draft, choice, error)
    _identity(draft, choice)
    _sample(draft, choice)
    return "\n".join(_sections(draft, choice, solved, name)) + "\n"


def _error(draft: Draft, choice: Choice, solved: Solved) -> Expr:
    """The term in which the law is regressed, or its gradient prescribed."""
    if choice.side.is_prescribed:
        slope = stopped(sentence(draft, choice, solved.left, frozenset()))
        error = call("dot", subject(draft, choice), slope)
        return error if choice.by.descends > 0 else call("neg", error)
    stops = choice.stop.stopped
    left = _named(draft, sentence(draft, choice, solved.left, stops), "left", "V", "estimate")
    moving = carriers(choice, solved.right)
    if len(solved.right.parts) == 1:
        return call("sse", left, sentence(draft, choice, solved.right, stops))
    target = _named(
        draft, sentence(draft, choice, solved.right, frozenset()), "right", "target", "aim"
    )
    return call("sse", left, stopped(target) if moving else target)


def _named(draft: Draft, e: Expr, role: str, *wanted: str) -> Expr:
    """A sum gets a name of its own."""
    is_sum = isinstance(e, Call) and e.op in ("+", "-", "neg", "*", "/")
    return Name(draft.let(role, e, *wanted)) if is_sum else e


def _ties(draft: Draft, choice: Choice, error: Expr) -> None:
    """The loss, and what has to stand beside the law's own term."""
    ties = [v.tie for v in choice.uses if v.tie is not None]
    if choice.by.is_split:
        ties.append(lambda d: tie_to(d, lambda z, t: choice.velocity.say(d, z, t)))
    if ties:
        error = Name(draft.let("term", error, choice.by.term, "law"))
    draft.terms.append(text(error))
    for tie in ties:
        tie(draft)


def _identity(draft: Draft, choice: Choice) -> None:
    said = choice.law.said
    equation: Expr = said.equation
    if choice.velocity.is_given and choice.velocity.output is not None:
        given = Name(choice.velocity.output(choice.law))
        if choice.law.is_of_flow:
            equation = mapped(equation, lambda n: _of(n, given))
        else:
            teaches = call(given.id, Name(said.state), Name(said.start))
            draft.identities.append(f"{text(teaches)} = velocity({said.state}, {said.start})")
    draft.identities.insert(0, show(equation))


def _of(e: Name | Call, velocity: Name) -> Expr:
    """The flow of a velocity that is given."""
    if isinstance(e, Call) and e.op == "flow":
        return Call("flow", e.args, (("of", velocity),))
    return e


def _sample(draft: Draft, choice: Choice) -> None:
    law, said = choice.law, choice.law.said
    z, t = said.state, said.start
    if not law.is_of_flow:
        draft.sample[f"velocity({z}, {t})"] = text(draft.image())
    elif said.end_clock is None:
        end = law.fresh("s", "r", "q")
        image = draft.map(draft.state, law.t, law.r) if draft.has("map") else draft.image()
        draft.sample[f"step({z}, {t}, {end})"] = text(call("path", image, Name("fresh"), Name(end)))
    else:
        image = draft.map(draft.state, law.t, law.r) if draft.has("map") else draft.image()
        draft.sample[f"step({z}, {t}, {said.end_clock})"] = text(image)
    low, high = law.ends
    draft.sample["times"] = f"{text(high)}, {text(low)}"


def _clocks(draft: Draft, choice: Choice, solved: Solved) -> None:
    """Times in the order of the flow; half of the rows on the diagonal where they teach it."""
    law, said = choice.law, choice.law.said
    if said.end_clock is None:
        draft.draws = {said.start: draft.uniform, **draft.draws}
        return
    teaches = any(v.is_conditional or v.is_given for v in choice.uses)
    alone = teaches and not draft.has("diagonal") and not choice.side.is_prescribed
    has_value = law.on_diagonal(solved.residual) is not None
    equal = ", equal=0.5" if alone and has_value and choice.by.moves_state else ""
    law_of_times = f"ordered({draft.uniform}{equal})"
    draft.draws = {f"{said.end_clock}, {said.start}": law_of_times, **draft.draws}


def _sections(draft: Draft, choice: Choice, solved: Solved, name: str) -> Iterator[str]:
    said, law = choice.law.said, choice.law
    names, kinds = [said.net, *draft.heads], [law.kind, *("tangent" for _ in draft.heads)]
    signature = f"student({', '.join(inputs(law.said))}) -> {', '.join(kinds)}"
    _clocks(draft, choice, solved)
    draws = {draft.data: "data", draft.noise: "noise", **draft.draws}
    path = f"path({draft.data}, {draft.noise}, {said.start})"
    yield f"spec: {name}"
    yield from [f"path: {show_path(law.path)}"] if law.path else []
    yield from _section("nets", {", ".join(names): signature, **draft.nets})
    yield from _section("draw", draws)
    yield from _section("let", {said.state: path, **draft.lets})
    yield from _section("minimize", {said.net: " + ".join(draft.terms)})
    yield from ("identity:", *(f"  - {e}" for e in draft.identities))
    yield from _section("sample", draft.sample)


def _section(key: str, lines: dict[str, str]) -> Iterator[str]:
    yield f"{key}:"
    yield from (f"  {name}: {value}" for name, value in lines.items())
