"""What has a notation of its own: squared errors, derivatives, exact objects, cases, laws.

Each form is given the call and the function that sets what stands inside.
"""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.syntax import show as binds
from fmdsl.syntax.expr import Call, Expr, Name, Tuple
from fmdsl.syntax.latex.words import COMMA, fenced, name

Tex = Callable[..., str]
Form = Callable[[Call, Tex], str]


def _squared(e: Call, tex: Tex) -> str:
    """`sse(a, b)`, or `sse(a)`."""
    first, *rest = e.args
    inner = tex(first, binds.SUM) if rest else tex(first)
    inner += "".join(f" - {tex(x, binds.PRODUCT)}" for x in rest)
    return rf"\left\lVert {inner}\right\rVert^{{2}}"


def _derivative(e: Call, tex: Tex) -> str:
    """`D(e, t, z=w)`: along t, what the keywords name moved or held as they say."""
    of, by = e.args
    if isinstance(of, Name):
        text = rf"\frac{{\mathrm{{d}}{tex(of)}}}{{\mathrm{{d}}{tex(by)}}}"
    else:
        text = rf"\frac{{\mathrm{{d}}}}{{\mathrm{{d}}{tex(by)}}}\,{tex(of, binds.POWER)}"
    if not e.kwargs:
        return text
    moved = COMMA.join(rf"\dot{{{name(k)}}}={tex(v, binds.RELATION)}" for k, v in e.kwargs)
    return rf"\left.{text}\right|_{{{moved}}}"


def _average(e: Call, tex: Tex) -> str:
    inner, decay = e.args
    return rf"\mathrm{{ema}}_{{{tex(decay)}}}\left[{tex(inner)}\right]"


def _expectation(e: Call, tex: Tex) -> str:
    return rf"\mathbb{{E}}\left[{tex(e.args[0])}{_condition(e, tex)}\right]"


def _condition(e: Call, tex: Tex) -> str:
    given = e.keyword("given")
    told = given.items if isinstance(given, Tuple) else (given,) if given else ()
    return rf" \mid {COMMA.join(map(tex, told))}" if told else ""


def _flow(e: Call, tex: Tex) -> str:
    z, t, r = e.args
    of = e.keyword("of")
    mark = f"^{{{tex(of)}}}" if of else ""
    return rf"\Psi{mark}_{{{tex(t)}\to {tex(r)}}}{fenced(tex(z) + _condition(e, tex))}"


def _exact(letter: str) -> Form:
    def shown(e: Call, tex: Tex) -> str:
        z, t, *_ = e.args
        return f"{letter}_{{{tex(t)}}}{fenced(tex(z) + _condition(e, tex))}"

    return shown


def _cases(e: Call, tex: Tex) -> str:
    """`where(c, a, b)`, one line for each of several in a row."""
    return rf"\begin{{cases}} {_branches(e, tex)} \end{{cases}}"


def _branches(e: Expr, tex: Tex) -> str:
    match e:
        case Call("where", (condition, yes, no), ()):
            return rf"{tex(yes)} & {tex(condition)} \\ {_branches(no, tex)}"
        case _:
            return rf"{tex(e)} & \text{{else}}"


def _inner(e: Call, tex: Tex) -> str:
    return rf"\left\langle {COMMA.join(map(tex, e.args))}\right\rangle"


def _uniform(e: Call, tex: Tex) -> str:
    return r"\mathcal U" + fenced(COMMA.join(map(tex, e.args)))


def _normal(e: Call, tex: Tex) -> str:
    mean, std = e.args
    variance = f"{tex(std, binds.LEVEL)}^{{2}}"
    return r"\mathcal N" + fenced(COMMA.join((tex(mean), variance)))


FORMS: dict[str, Form] = {
    "sse": _squared,
    "D": _derivative,
    "ema": _average,
    "expect": _expectation,
    "flow": _flow,
    "velocity": _exact(r"v^{\ast}"),
    "score": _exact(r"\nabla\log p"),
    "where": _cases,
    "dot": _inner,
    "uniform": _uniform,
    "normal": _normal,
}
