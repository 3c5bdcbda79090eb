"""What is proved of a method, in short; kept while its spec is as it was."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

from fmdsl.proofs.verdict import PROVED, Verdict
from fmdsl.proofs.verify import verify_all
from fmdsl.syntax.show_spec import show_spec
from fmdsl.syntax.spec import Spec

_MARK = "<!-- proved of {} -->"


def proofs(spec: Spec) -> str:
    """The verdicts: what is proved by name, claims and all others with their reasons."""
    verdicts = verify_all(spec).verdicts
    claims = [v for v in verdicts if v.obligation == "claim"]
    rest = [v for v in verdicts if v.obligation != "claim"]
    open_ = [v for v in rest if v.kind != PROVED]
    names = dict.fromkeys(v.obligation for v in rest if v.kind == PROVED)
    parts = [_MARK.format(_hash(spec)) + f"\nProved: {', '.join(names)}."]
    parts += [_told(claims)] if claims else []
    parts += ["Not, or not without a condition:\n\n" + _told(open_)] if open_ else []
    return "\n\n".join(parts)


def kept(page: Path, spec: Spec) -> str:
    """What a page says of the same spec; made anew where it says nothing."""
    text = page.read_text("utf-8") if page.exists() else ""
    mark = re.escape(_MARK.format(_hash(spec)))
    found = re.search(rf"({mark}\n.*?)\n\n## Measured", text, re.DOTALL)
    return found[1] if found else proofs(spec)


def _hash(spec: Spec) -> str:
    return hashlib.sha256(show_spec(spec).encode()).hexdigest()[:12]


def _told(verdicts: Iterable[Verdict]) -> str:
    """A line for each reason; subjects that share it are counted."""
    alike: dict[tuple[str, str, str], list[str]] = {}
    for v in verdicts:
        alike.setdefault((v.kind, v.obligation, v.reason), []).append(v.subject)
    return "\n".join(
        f"- **{kind}**, {obligation}: {_subjects(found)}: {_plain(reason)}"
        for (kind, obligation, reason), found in alike.items()
    )


def _subjects(found: list[str]) -> str:
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return f"`{_short(found[0], 60)}`{more}"


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _plain(text: str) -> str:
    """A reason as Markdown: no emphasis by accident, no numbers that count the prover's names."""
    text = re.sub(r"\bh\d+\b", "h", text.replace("`", "'"))
    return re.sub(r"([*_<>])", r"\\\1", _short(text, 240))
