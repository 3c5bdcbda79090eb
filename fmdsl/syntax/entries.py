"""One entry of a section, from its key and its value. Each function raises Fault."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.document import Broken, Document, Text
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.parse import parse_at
from fmdsl.syntax.source import Span
from fmdsl.syntax.spec import Draw, Group, Let, Net, Path


@dataclass(frozen=True, slots=True)
class Removal:
    """`NAME: ~` in a variant: what the base has under these names is left out."""

    names: tuple[str, ...]
    span: Span


def expression(value: Document, key: str, example: str = "") -> Expr:
    """The expression that a value is."""
    match value:
        case Broken():
            raise Fault([])
        case Text() if value.absent:
            raise Fault([faults.e0115_empty_value(value.span, key)])
        case Text(plain=True):
            return parse_at(value.raw)
        case Text():
            raise Fault([faults.e0116_text_as_expression(value.span)])
        case _:
            where = Span(value.span.source, value.span.start, value.span.start)
            wanted = "one expression"
            raise Fault([faults.e0112_wrong_shape(where, f"`{key}`", wanted, example)])


def spans(*nodes: Expr) -> tuple[Span, ...]:
    """The places of the nodes."""
    return tuple(node.span for node in nodes if node.span)


def net(key: Text, value: Document) -> Net:
    """`u, v: student(point@t, t, start=T) -> tangent, tangent`."""
    names = name_list(key, "one name or several", "u: student(point@t, t) -> tangent")
    signature = expression(value, key.raw.text)
    head, outputs = _outputs(signature)
    start = _start(head)
    if outputs and len(names) != len(outputs):
        reason = f"{_count(len(outputs), 'output')} for {_count(len(names), 'name')}"
        raise Fault([faults.e0142_malformed_signature(_span(signature), reason)])
    return Net(
        tuple(n.id for n in names),
        head.op,
        head.args,
        outputs,
        key.span | value.span,
        spans(*names),
        head.op_span or _span(head),
        start.id if start else None,
        start.span if start else None,
    )


def _outputs(signature: Expr) -> tuple[Call, tuple[Expr, ...]]:
    match signature:
        case Call("->", (Call() as head, right), ()) if head.op.isidentifier():
            return head, right.items if isinstance(right, Tuple) else (right,)
        case Call("ema"):
            return signature, ()
        case Call("->"):
            reason = "the left side is a role and its inputs"
        case _:
            reason = "no `->` here"
    raise Fault([faults.e0142_malformed_signature(_span(signature), reason)])


def _start(head: Call) -> Name | None:
    start: Name | None = None
    for key, value in head.kwargs:
        if key != "start" or not isinstance(value, Name):
            reason = "the only keyword of a signature is `start=NET`"
            raise Fault([faults.e0142_malformed_signature(_span(value), reason)])
        start = value
    return start


def draw(key: Text, value: Document) -> Draw:
    """`r, t: ordered(uniform(0, 1))`."""
    names = name_list(key, "one name or several", "r, t: uniform(0, 1)")
    law = expression(value, key.raw.text)
    return Draw(tuple(n.id for n in names), law, key.span | value.span, spans(*names))


def let(key: Text, value: Document) -> Let:
    """`z: body` or `f(z, t): body`."""
    name, params, place = head(key)
    return Let(name, params, expression(value, key.raw.text), key.span | value.span, place)


def head(key: Text) -> tuple[str, tuple[str, ...] | None, Span]:
    """Name, parameters and the name's place of a key such as `z` or `f(z, t)`."""
    match _key(key):
        case Name(name, place) if place:
            return name, None, place
        case Call(name, args, (), _, place) if place and place.text[0] not in "+-*/^@":
            params = tuple(a.id for a in args if isinstance(a, Name))
            if len(set(params)) == len(args):
                return name, params, place
        case _:
            pass
    wanted = "a name or a function head with distinct names"
    raise Fault([faults.e0140_malformed_key(key.span, wanted, "f(z, t): z - t * u(z, 0, t)")])


def group(key: Text, value: Document) -> Group:
    """`G: loss` or `G every 5: loss`."""
    who, every = key, 1
    if cadence := re.fullmatch(r"(.*\S)\s+every\s+(\S+)", key.raw.text, re.DOTALL):
        end = key.raw.start + cadence.end(1)
        who = Text(Span(key.raw.source, key.raw.start, end), cadence[1], True)
        every = int(cadence[2]) if re.fullmatch(r"[1-9]\d{0,5}", cadence[2]) else 0
    example = "G every 5: LOSS"
    if not every:
        wanted = "nets, then `every` and a whole number from 1"
        raise Fault([faults.e0140_malformed_key(key.span, wanted, example)])
    names = name_list(who, "one net or several, and how often", example)
    loss = expression(value, key.raw.text)
    whole = key.span | value.span
    return Group(tuple(n.id for n in names), loss, whole, spans(*names), every)


def stage_head(key: Text) -> tuple[str, Fraction]:
    """The name and the share of `warmup, 1/5`."""
    match _key(key):
        case Tuple((Name(name), share)):
            match share:
                case Number():
                    return name, share.value
                case Call("/", (Number() as a, Number() as b), ()) if b.value:
                    return name, a.value / b.value
                case _:
                    pass
        case _:
            pass
    wanted = "a name and a share"
    raise Fault([faults.e0140_malformed_key(key.span, wanted, "warmup, 1/5:")])


def path(value: Document) -> Path:
    """`z@t = body`, and a domain after a comma."""
    whole = expression(value, "path", "path: z@t = (1 - t) * x + t * e")
    equation, domain = whole, None
    if isinstance(whole, Tuple) and len(whole.items) == 2:
        equation, domain = whole.items
    match equation:
        case Compare(("=",), (Call("@", (Name(state), Name(time))), body)):
            if domain is None or (isinstance(domain, Compare) and "=" not in domain.signs):
                return Path(state, time, body, _span(whole), domain)
        case _:
            pass
    raise Fault([faults.e0141_malformed_path(_span(whole))])


def identity(value: Document) -> Compare | Call:
    """`v(z, t) = velocity(z, t)`, or the name of a known one: `meanflow(u)`."""
    e = expression(value, "identity")
    match e:
        case Compare(("=",)):
            return e
        case Call(op) if op.isidentifier() and op != "neg":
            return e
        case _:
            raise Fault([faults.e0143_malformed_identity(_span(e))])


def claim(value: Document) -> Expr:
    """`limit(alphaflow, alpha=0)`: a relation to the spec named first."""
    e = expression(value, "claims")
    match e:
        case Call(op, (Name(), *_)) if op.isidentifier() and op != "neg":
            return e
        case _:
            raise Fault([faults.e0144_malformed_claim(_span(e))])


def name_list(key: Text, wanted: str, example: str) -> tuple[Name, ...]:
    """The names of a key such as `r, t`; E0140 says what was wanted."""
    match _key(key):
        case Name() as one:
            return (one,)
        case Tuple(items) if items and all(isinstance(item, Name) for item in items):
            return tuple(item for item in items if isinstance(item, Name))
        case _:
            raise Fault([faults.e0140_malformed_key(key.span, wanted, example)])


def names_of(entry: Net | Draw | Let | Group) -> tuple[str, ...]:
    """What a variant calls the entry by."""
    match entry:
        case Let():
            return (entry.name,)
        case Group():
            return entry.nets
        case _:
            return entry.names


def _key(key: Text) -> Expr | None:
    try:
        return parse_at(key.raw)
    except Fault:
        return None


def _span(e: Expr) -> Span:
    assert e.span is not None
    return e.span


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
