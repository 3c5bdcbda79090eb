"""Each part of an identity as an expression of the spec, its stops put in."""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.say import added, call, stopped
from fmdsl.proofs.derive.stops import Carrier
from fmdsl.syntax.expr import Call, Expr, Name, Number


def sentence(draft: Draft, choice: Choice, parts: Identity, stops: frozenset[Carrier]) -> Expr:
    """The sum of the parts; what is in `stops` is under `sg`."""
    said = [(p.factor, _part(draft, choice, p.kind, stops)) for p in parts.parts]
    return added(said, draft.law.signs)


def _part(draft: Draft, choice: Choice, kind: Kind, stops: frozenset[Carrier]) -> Expr:
    match kind:
        case Kind.STATE:
            return draft.state
        case Kind.VALUE:
            return subject(draft, choice)
        case Kind.FIRST | Kind.SECOND:
            piece = _piece(draft, choice, kind)
            return stopped(piece) if Carrier.PIECES in stops else piece
        case Kind.VELOCITY:
            return _velocity(draft, choice, stops)
        case Kind.DERIVATIVE:
            return _derivative(draft, choice, stops)


def subject(draft: Draft, choice: Choice) -> Call:
    """What is regressed or moved: the net's call, or its map's."""
    law = draft.law
    if choice.side.is_prescribed:
        return draft.map(draft.state, law.t, law.r)
    return law.said.call


def _piece(draft: Draft, choice: Choice, kind: Kind) -> Expr:
    """The net, or its map, from the start to the time between, or from there to the end."""
    law, m = draft.law, draft.law.between
    t, r, share = (al.text(s) for s in (law.t, law.r, law.share))
    if choice.side.is_prescribed:
        draft.draws[al.text(m)] = f"uniform({r}, {t})"
    else:
        draft.draws[share] = "uniform(0, 1)"
        draft.lets[al.text(m)] = f"{t} - {share} * ({t} - {r})"
    at = draft.map if choice.side.is_prescribed else draft.net_at
    if kind is Kind.FIRST:
        return at(draft.state, law.t, m)
    return at(draft.map(draft.state, law.t, m), m, law.r)


def _velocity(draft: Draft, choice: Choice, stops: frozenset[Carrier]) -> Expr:
    law = draft.law
    here = choice.by.moves_state or not law.is_of_flow
    if here:
        said = choice.velocity.say(draft, draft.state, law.t)
    else:
        said = choice.velocity.say(draft, draft.map(draft.state, law.t, law.r), law.r)
    carries = choice.velocity.carries or not here
    return stopped(said) if carries and Carrier.VELOCITY in stops else said


def _derivative(draft: Draft, choice: Choice, stops: frozenset[Carrier]) -> Expr:
    of = subject(draft, choice)
    if not choice.by.moves_state:
        whole = call("D", of, Name(choice.key))
        return stopped(whole) if Carrier.TIME in stops else whole
    if {Carrier.TIME, Carrier.SPACE} <= stops:
        return stopped(_moved(draft, choice, of, frozenset()))
    whole = _moved(draft, choice, of, stops)
    if Carrier.SPACE not in stops:
        return whole
    still = call("D", of, Name(choice.key), **{draft.law.said.state: Number("0")})
    in_time = draft.let("in_time", still, "in_time", "by_clock")
    in_space = draft.let("in_space", call("-", whole, still), "in_space", "by_state")
    return call("+", Name(in_time), stopped(Name(in_space)))


def _moved(draft: Draft, choice: Choice, of: Expr, stops: frozenset[Carrier]) -> Expr:
    """The total derivative; the path moves along the velocity of the draws by itself."""
    along = choice.along
    if along.is_conditional:
        return call("D", of, Name(choice.key))
    velocity = along.say(draft, draft.state, draft.law.t)
    live = along.carries and Carrier.VELOCITY in stops and Carrier.SPACE not in stops
    moved = stopped(velocity) if live else velocity
    return call("D", of, Name(choice.key), **{draft.law.said.state: moved})
