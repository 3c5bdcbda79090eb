"""Expressions as text, with no more parentheses than needed: `parse(show(e)) == e`."""

from __future__ import annotations

from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple

# From loosest to tightest, as the grammar's rules; a looser thing in a tighter place
# is put in parentheses.
SIGNATURE, TUPLE, EQUATION, RELATION, SUM, PRODUCT, UNARY, POWER, LEVEL, ATOM = range(10)

# sign: (its own binding, what its left side takes, what its right side takes)
_INFIX = {
    "+": (SUM, SUM, PRODUCT),
    "-": (SUM, SUM, PRODUCT),
    "*": (PRODUCT, PRODUCT, UNARY),
    "/": (PRODUCT, PRODUCT, UNARY),
    "^": (POWER, LEVEL, UNARY),
    "@": (LEVEL, ATOM, ATOM),
    "->": (SIGNATURE, EQUATION, TUPLE),
}
_TIGHT = ("^", "@")


def show(e: Expr, inside: int = SIGNATURE) -> str:
    """The text of an expression. `inside` says how tightly the place where it goes binds."""
    text = _bare(e)
    return f"({text})" if _binding(e) < inside else text


def _binding(e: Expr) -> int:
    match e:
        case Call(op, (_, _), ()) if op in _INFIX:
            return _INFIX[op][0]
        case Call("neg", (_,), ()):
            return UNARY
        case Tuple(items):
            return TUPLE if len(items) > 1 else ATOM
        case Compare(signs):
            return EQUATION if "=" in signs else RELATION
        case _:
            return ATOM


def _bare(e: Expr) -> str:
    match e:
        case Number(text):
            return text
        case Name(name):
            return name
        case Tuple(()):
            return "()"
        case Tuple((item,)):
            return f"({show(item, EQUATION)},)"
        case Tuple(items):
            return ", ".join(show(item, EQUATION) for item in items)
        case Compare(signs, (first, *rest)):
            links = (f" {s} {show(x, SUM)}" for s, x in zip(signs, rest, strict=True))
            return show(first, SUM) + "".join(links)
        case Call():
            return _call(e)
        case _:
            raise ValueError(f"not an expression of the language: {e!r}")


def _call(e: Call) -> str:
    match e:
        case Call("neg", (x,), ()):
            return f"-{show(x, UNARY)}"
        case Call("@", (x, y), ()) if isinstance(y, Call):
            return f"{show(x, ATOM)}@({show(y)})"  # `z@f(t)` would not read
        case Call(op, (x, y), ()) if op in _INFIX:
            _, left, right = _INFIX[op]
            sign = op if op in _TIGHT else f" {op} "
            return f"{show(x, left)}{sign}{show(y, right)}"
        case _:
            arguments = [show(x, RELATION) for x in e.args]
            arguments += [f"{key}={show(x, RELATION)}" for key, x in e.kwargs]
            return f"{e.op}({', '.join(arguments)})"
