"""What a spec's leading comment says of its paper: `# Title. Authors Year, where.`"""

from __future__ import annotations

import re
from dataclasses import dataclass

from fmdsl.syntax.spec import Spec

_HEADER = re.compile(
    r"(?P<title>.+?[.?!]) (?P<authors>.+?) (?P<year>(?:19|20)\d\d)(?P<where>[^.]*)\."
)
_ARXIV = re.compile(r"arXiv:(\d{4}\.\d{4,5})")


@dataclass(frozen=True, slots=True)
class Header:
    """Title, authors, year; what is not said is empty. `remarks` is the rest of the comment."""

    title: str = ""
    authors: str = ""
    year: str = ""
    where: str = ""
    remarks: str = ""
    arxiv: str = ""


def header(spec: Spec) -> Header:
    """The header of a spec's own file."""
    lines: list[str] = []
    for line in spec.source.text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.lstrip("#").strip())
    text = " ".join(lines)
    found = _ARXIV.search(spec.paper)
    arxiv = found.group(1) if found else ""
    match = _HEADER.match(text)
    if match is None:
        return Header(remarks=text, arxiv=arxiv)
    rest = text[match.end() :].strip()
    where = match["where"].strip(" ,")
    return Header(match["title"].rstrip("."), match["authors"], match["year"], where, rest, arxiv)


def bibtex(spec: Spec) -> str:
    """A BibTeX entry from the header; raises ValueError where it names no paper."""
    told = header(spec)
    if not told.title:
        raise ValueError(spec.name)
    first = re.split(r"[ ,]", told.authors)[0].lower()
    authors = " and ".join(a.strip() for a in re.split(r", | and ", told.authors) if a.strip())
    authors = re.sub(r" et al\.?$", " and others", authors)
    fields = {"title": f"{{{told.title}}}", "author": authors, "year": told.year}
    if told.arxiv:
        fields |= {"eprint": told.arxiv, "archivePrefix": "arXiv"}
    body = ",\n".join(f"  {key} = {{{value}}}" for key, value in fields.items())
    return f"@misc{{{first}{told.year}{spec.name},\n{body}\n}}"
