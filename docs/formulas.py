"""For mkdocs: the formulas of a page as MathML, which browsers set without scripts."""

from __future__ import annotations

import re
from typing import Any

from latex2mathml.converter import convert


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Displayed formulas in a `math` fence, and those of a line between dollars."""
    if not page.file.src_uri.startswith("gallery"):
        return markdown
    text = re.sub(r"```math\n(.*?)\n```", lambda m: _set(m[1], "block"), markdown, flags=re.DOTALL)
    return re.sub(r"\$([^$]+)\$", lambda m: _set(m[1], "inline"), text)


def _set(formula: str, display: str) -> str:
    # the converter knows the display that numbers its lines, and that which does not
    return convert(formula.replace("\n", " ").replace("{aligned}", "{align*}"), display=display)
