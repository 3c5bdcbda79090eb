"""`parse(show(e)) == e`, and no parenthesis too many."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.parse import parse
from fmdsl.syntax.show import show

NAMES = ["x", "t", "σ", "x'", "v_φ", "z''", "é", "x̂", "neg", "every", "日", "a1"]
names = st.sampled_from(NAMES)
leaves = st.one_of(
    st.builds(Name, names), st.builds(Number, st.sampled_from(["0", "1", "0.95", "1e-5", "39"]))
)


def infix(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.builds(lambda op, a, b: Call(op, (a, b)), st.sampled_from("+-*/@"), inner, inner)


def powers(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    # a name at the bottom keeps the power symbolic, within the bounds on constants
    exponents = st.sampled_from([Number("2"), Name("n"), Call("neg", (Number("0.5"),))])
    nested = st.builds(lambda a: Call("^", (a, Name("m"))), inner)
    bases = st.builds(lambda a: Call("f", (a,)), inner) | inner.map(lambda a: Tuple((a,)))
    return st.builds(lambda a, b: Call("^", (a, b)), bases | nested, exponents | nested)


def calls(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    keywords = st.dictionaries(names, inner, max_size=2).map(lambda d: tuple(d.items()))
    return st.builds(Call, names, st.lists(inner, max_size=3).map(tuple), keywords)


def chains(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    signs = st.lists(st.sampled_from(["<", "<=", ">", ">=", "="]), min_size=1, max_size=2)
    return signs.flatmap(
        lambda s: st.builds(
            lambda operands: Compare(tuple(s), tuple(operands)),
            st.lists(inner, min_size=len(s) + 1, max_size=len(s) + 1),
        )
    )


def larger(inner: st.SearchStrategy[Expr]) -> st.SearchStrategy[Expr]:
    return st.one_of(
        infix(inner),
        powers(inner),
        calls(inner),
        chains(inner),
        inner.map(lambda a: Call("neg", (a,))),
        st.lists(inner, max_size=3).map(lambda items: Tuple(tuple(items))),
        st.builds(lambda a, b: Call("->", (a, b)), inner, inner),
    )


expressions: st.SearchStrategy[Expr] = st.recursive(leaves, larger, max_leaves=25)


@given(expressions)
def test_what_is_shown_reads_back(e: Expr) -> None:
    assert parse(show(e)) == e


@given(expressions)
def test_showing_is_stable(e: Expr) -> None:
    assert show(parse(show(e))) == show(e)


@pytest.mark.parametrize(
    "text",
    [
        "z - (t - r) * D(u(z, r, t, c), t)",
        "-a^2",
        "(-a)^2",
        "a^b^c",
        "(a^b)^c",
        "a^-b",
        "a - b - c",
        "a - (b - c)",
        "a / (b * c)",
        "a * -b",
        "-(a + b)",
        "--a",
        "z@(t - h)",
        "z@1",
        "(a + b)@t",
        "z@(f(t))",
        "0.002 <= σ <= 80",
        "u(z, t) = (flow(z, t, r) - z) / (r - t)",
        "z@σ = x + σ * e, 0.002 <= σ <= 80",
        "student(point@t, r, t, label, start=T) -> tangent, tangent",
        "f((a = b), given=(z, c), x'=0)",
        "(a, b), c",
        "(a,)",
        "()",
        "where(t > 0, a, b)",
    ],
)
def test_no_parenthesis_is_added_or_lost(text: str) -> None:
    assert show(parse(text)) == text


def test_needless_parentheses_go() -> None:
    assert show(parse("((a)) + ((b * (c)))")) == "a + b * c"
