"""Expressions as LaTeX, as one would write them on a whiteboard.

Squared errors are norms, `D` is a derivative, exact objects have the field's letters; what has
no notation of its own keeps its name. It is for readers: it does not read back.
"""

from __future__ import annotations

from collections.abc import Sequence

from fmdsl.syntax import show as binds
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.latex.forms import FORMS
from fmdsl.syntax.latex.words import COMMA, fenced, name, number, word

__all__ = ["COMMA", "latex", "name", "word"]

_SIGNS = {"<=": r"\le", ">=": r"\ge", "<": "<", ">": ">", "=": "="}
_AROUND = {
    "abs": (r"\left|", r"\right|"),
    "norm": (r"\left\lVert ", r"\right\rVert"),
    "floor": (r"\left\lfloor ", r"\right\rfloor"),
    "ceil": (r"\left\lceil ", r"\right\rceil"),
    "sqrt": (r"\sqrt{", "}"),
    "sg": (r"\mathrm{sg}\left[", r"\right]"),
    "labelled": ("", r"\ne\varnothing"),
}


def latex(e: Expr, inside: int = binds.SIGNATURE) -> str:
    """The formula of an expression. `inside` says how tightly the place where it goes binds."""
    text = _bare(e)
    return fenced(text) if _binding(e) < inside else text


def _binding(e: Expr) -> int:
    match e:
        case Call("+" | "-", (_, _), ()) | Call("where", _):
            return binds.SUM
        case Call("*", (_, _), ()):
            return binds.PRODUCT
        case Call("neg" | "/" | "D", _):
            return binds.UNARY
        case Call("^", (_, _), ()):
            return binds.POWER
        case Tuple(items):
            return binds.TUPLE if len(items) > 1 else binds.ATOM
        case Compare(signs):
            return binds.EQUATION if "=" in signs else binds.RELATION
        case Call("and" | "labelled", _):
            return binds.RELATION
        case _:
            return binds.ATOM


def _bare(e: Expr) -> str:
    match e:
        case Number(text):
            return number(text)
        case Name(id):
            return name(id)
        case Tuple(items):
            return _listed(items)
        case Compare(signs, (first, *rest)):
            links = (f" {_SIGNS[s]} {latex(x, binds.SUM)}" for s, x in zip(signs, rest))
            return latex(first, binds.SUM) + "".join(links)
        case Call():
            return _call(e)
        case _:
            raise ValueError(f"not an expression of the language: {e!r}")


def _call(e: Call) -> str:
    match e:
        case Call("neg", (x,), ()):
            return f"-{latex(x, binds.UNARY)}"
        case Call("+" | "-", (x, y), ()):
            return f"{latex(x, binds.SUM)} {e.op} {latex(y, binds.PRODUCT)}"
        case Call("*", (x, y), ()):
            return _product(x, y)
        case Call("/", (x, y), ()):
            return rf"\frac{{{latex(x)}}}{{{latex(y)}}}"
        case Call("^", (x, y), ()):
            return f"{latex(x, binds.LEVEL)}^{{{_inline(y)}}}"
        case Call("@", (x, y), ()):
            return f"{latex(x, binds.ATOM)}_{{{latex(y)}}}"
        case Call(op, (x,), ()) if op in _AROUND:
            left, right = _AROUND[op]
            return f"{left}{latex(x)}{right}"
        case Call(op) if op in FORMS:
            return FORMS[op](e, latex)
        case _:
            return word(e.op) + fenced(_listed(e.args, e.kwargs))


def _product(x: Expr, y: Expr) -> str:
    """Factors side by side; a dot where they would read as a number or as a call."""
    left, right = latex(x, binds.PRODUCT), latex(y, binds.UNARY)
    is_call = isinstance(x, Name) and right.startswith(("(", r"\left("))
    return left + (r" \cdot " if right[0].isdigit() or is_call else r"\,") + right


def _inline(e: Expr) -> str:
    """In an exponent a quotient stays on its line."""
    match e:
        case Call("/", (x, y), ()):
            return f"{latex(x, binds.PRODUCT)}/{latex(y, binds.UNARY)}"
        case _:
            return latex(e)


def _listed(items: Sequence[Expr], keywords: Sequence[tuple[str, Expr]] = ()) -> str:
    told = [latex(x, binds.RELATION) for x in items]
    told += [f"{name(key)}={latex(x, binds.RELATION)}" for key, x in keywords]
    return COMMA.join(told)
