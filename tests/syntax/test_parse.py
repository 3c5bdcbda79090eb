"""What a text means, where its parts stand, and what it may not ask for."""

from __future__ import annotations

import time

import pytest

from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.expr import Call, Compare, Name, Number, Tuple, walk
from fmdsl.syntax.parse import parse, parse_at
from fmdsl.syntax.source import Source, Span

a, b, c = Name("a"), Name("b"), Name("c")


def power(x, y):
    return Call("^", (x, y))


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("-a^2", Call("neg", (power(a, Number("2")),))),
        ("a^b^c", power(a, power(b, c))),
        ("a^-b", power(a, Call("neg", (b,)))),
        ("a - b - c", Call("-", (Call("-", (a, b)), c))),
        ("a / b * c", Call("*", (Call("/", (a, b)), c))),
        ("-a * b", Call("*", (Call("neg", (a,)), b))),
        ("a@b^2", power(Call("@", (a, b)), Number("2"))),
        ("a@(b - c)", Call("@", (a, Call("-", (b, c))))),
        ("a <= b < c", Compare(("<=", "<"), (a, b, c))),
        ("a = b", Compare(("=",), (a, b))),
        ("f(a, b=c)", Call("f", (a,), (("b", c),))),
        ("f((a = b))", Call("f", (Compare(("=",), (a, b)),))),
        ("a, b", Tuple((a, b))),
        ("(a, b)", Tuple((a, b))),
        ("(a)", a),
        ("(a,)", Tuple((a,))),
        ("()", Tuple(())),
        ("a -> b, c", Call("->", (a, Tuple((b, c))))),
        ("a  # comment", a),
    ],
)
def test_meaning(text: str, meaning: object) -> None:
    assert parse(text) == meaning


def test_a_name_typed_in_two_ways_is_one_name() -> None:
    assert parse("e\u0301") == parse("\u00e9") == Name("é")


def test_a_number_is_exact() -> None:
    assert parse("0.1") == Number("0.1")
    assert parse("1e-5").value * 100_000 == 1


def test_spans_are_places_in_the_file() -> None:
    text = "let:\n  error: sse(u(z, t),\n             sg(-σ^2))\n"
    source = Source("spec.yaml", text)
    start = text.index("sse")
    e = parse_at(Span(source, start, len(text)))
    assert [n.span.text.split("(")[0] for n in walk(e)] == "sse u z t sg -σ^2 σ^2 σ 2".split()
    assert isinstance(e, Call)
    assert e.op_span == Span(source, start, start + 3)
    assert source.position(e.args[1].span.start) == (3, 14)


def test_a_group_is_spanned_with_its_parentheses() -> None:
    e = parse("a * (b + c)")
    assert isinstance(e, Call)
    assert e.args[1].span.text == "(b + c)"
    assert e.span.text == "a * (b + c)"


@pytest.mark.parametrize(
    ("text", "code", "remedy"),
    [
        ("", "E0130", None),
        ("a +", "E0130", None),
        ("(a", "E0130", None),
        ("2x", "E0130", "a product is written with `*`"),
        ("(a)(b)", "E0130", "a product is written with `*`"),
        ("a ** 2", "E0130", "a power is written `^`"),
        ("a == b", "E0130", "an equation has one `=`"),
        ("1_000", "E0130", "the digits of a number stand together: `1000`"),
        (".5", "E0131", "a number has digits on both sides of its point: `0.5`"),
        ("σ²", "E0131", "write `^2` for a power"),
        ("a × b", "E0131", "write `*` for `×`"),
        ("a − b", "E0131", "write `-` for `−`"),
        ("x′", "E0131", "write `'` for `′`"),
        ("a#b", "E0131", "a comment begins after a space"),
        ("1:30", "E0131", None),
        ("1" * 41, "E0132", None),
        ("1e999999999", "E0132", None),
        ("9^9^9^9", "E0135", None),
        ("x^65", "E0135", None),
        ("1e30^60", "E0135", None),
        ("(9^9)^(9^9)", "E0135", None),
        ("f(a=1, b)", "E0136", "put it before the first `name=value`"),
        ("f(a=1, a=2)", "E0137", "remove one of them"),
    ],
)
def test_a_fault_has_its_code_and_its_remedy(text: str, code: str, remedy: str | None) -> None:
    with pytest.raises(Fault) as caught:
        parse(text)
    (fault,) = caught.value.diagnostics
    assert fault.code == code
    assert (remedy in fault.helps) if remedy else True


@pytest.mark.parametrize("text", ["x^64", "80^(1/7)", "9^9", "(1 - 0.5)^-3", "0^-1", "2^-64"])
def test_an_ordinary_power_is_accepted(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 1_000_000, "E0133"),
        ("(" * 9_999, "E0130"),
        ("(" * 4_999 + "x" + ")" * 4_999, None),
        ("-" * 9_999 + "x", "E0134"),
        ("f(" * 101 + "x" + ")" * 101, "E0134"),
        ("+".join("a" * 5_000), "E0134"),
        ("^".join("9" * 5_000), "E0134"),
        ("a," * 4_999 + "a", None),
    ],
)
def test_a_hostile_expression_is_answered_soon(text: str, code: str | None) -> None:
    start = time.perf_counter()
    try:
        parse(text)
        found = None
    except Fault as fault:
        found = fault.diagnostics[0].code
    assert found == code
    assert time.perf_counter() - start < 5
