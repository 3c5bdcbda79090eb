"""Names in LaTeX, and what a printed piece needs around it."""

from __future__ import annotations

from functools import lru_cache

GREEK = {
    "α": r"\alpha", "σ": r"\sigma", "ξ": r"\xi", "τ": r"\tau", "δ": r"\delta", "ε": r"\epsilon",
    "λ": r"\lambda", "ω": r"\omega", "φ": r"\varphi", "θ": r"\theta", "κ": r"\kappa",
    "β": r"\beta", "γ": r"\gamma", "ψ": r"\psi", "μ": r"\mu", "η": r"\eta", "Δ": r"\Delta",
}  # fmt: skip
WORDS = ("alpha", "sigma", "tau", "lambda", "omega", "xi", "phi", "psi", "beta", "gamma", "kappa")


def tex_name(name: str) -> str:
    """A name as LaTeX: one letter as it is, Greek as Greek, words upright."""
    if name in WORDS:
        return "\\" + name
    spelled = "".join(GREEK[c] + " " if c in GREEK else c for c in name).strip()
    plain = len(spelled) == 1 or spelled.startswith("\\") or not spelled.isalpha()
    return spelled if plain else rf"\mathrm{{{spelled}}}"


def is_sum(text: str) -> bool:
    """Whether it needs brackets as a factor."""
    return any(sign in _outside(text) for sign in (" + ", " - "))


def is_compound(text: str) -> bool:
    """Whether it needs brackets as a divisor or a base."""
    outside = _outside(text)
    return is_sum(text) or "*" in outside or "/" in outside or r"\," in outside


@lru_cache(maxsize=4096)
def _outside(text: str) -> str:
    """The text without what stands in brackets."""
    depth, out = 0, ""
    for c in text:
        depth -= c in ")]}"
        out += c if depth == 0 else ""
        depth += c in "([{"
    return out
