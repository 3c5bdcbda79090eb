"""Expressions as formulas: notation where there is one, names where there is none."""

from __future__ import annotations

import pytest

from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.formulas import formulas
from fmdsl.syntax.latex import latex
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.parse import parse
from fmdsl.syntax.reader import read


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("(1 - t) * x + t * e", r"(1 - t)\,x + t\,e"),
        ("2 * 3", r"2 \cdot 3"),
        ("w * (a - b)", r"w \cdot (a - b)"),  # beside a parenthesis, w would read as a function
        ("-(a + b)", "-(a + b)"),
        ("a - (b - c)", "a - (b - c)"),
        ("a / b * c", r"\frac{a}{b}\,c"),
        ("(a / b)^2", r"\left(\frac{a}{b}\right)^{2}"),
        ("x^(1/7)", "x^{1/7}"),
        ("λG * σ'", r"\lambda_{G}\,\sigma'"),
        ("y2 + error_u", r"y_{2} + \text{error u}"),
        ("1e-5", r"1\cdot 10^{-5}"),
        ("sse(u, sg(a - b))", r"\left\lVert u - \mathrm{sg}\left[a - b\right]\right\rVert^{2}"),
        ("sse(a, b - c)", r"\left\lVert a - (b - c)\right\rVert^{2}"),
        ("D(z, t)", r"\frac{\mathrm{d}z}{\mathrm{d}t}"),
        ("D(u(z), t, z=w)", r"\left.\frac{\mathrm{d}}{\mathrm{d}t}\,u(z)\right|_{\dot{z}=w}"),
        ("flow(z, t, r, of=v)", r"\Psi^{v}_{t\to r}(z)"),
        ("expect(x, given=z)", r"\mathbb{E}\left[x \mid z\right]"),
        ("ema(F(z), 0.95)", r"\mathrm{ema}_{0.95}\left[F(z)\right]"),
        (
            "where(k < 1, a, where(k < 2, b, c))",
            r"\begin{cases} a & k < 1 \\ b & k < 2 \\ c & \text{else} \end{cases}",
        ),
        ("logit_normal(0, 1)", r"\mathrm{logit\ normal}(0,\, 1)"),
        ("uniform(0, 1)", r"\mathcal U(0,\, 1)"),
    ],
)
def test_formulas(text: str, formula: str) -> None:
    assert latex(parse(text)) == formula


@pytest.mark.parametrize("name", sorted(shipped()))
def test_every_shipped_spec_has_formulas_whose_fences_match(name: str) -> None:
    for block in formulas(elaborate_spec(read(name))):
        assert block.count("{") == block.count("}")
        assert block.count(r"\left") == block.count(r"\right")
        assert block.count(r"\begin") == block.count(r"\end")
