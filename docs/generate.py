"""Rewrite what the pages take from the code: `python docs/generate.py`, `--check` to compare.

A page holds `<!-- NAME:begin -->` and `<!-- NAME:end -->`; what stands between is made here.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from benchmarks.quality import page as quality
from benchmarks.steps import page as measured
from docs import derivations, gallery_pictures
from docs import gallery_page as gallery
from fmdsl.checks import CODES, explain
from fmdsl.ops import LAWS, OPERATORS, SPECIAL
from fmdsl.ops.operator import Operator
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.header import header
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read

ROOT = Path(__file__).resolve().parent.parent
PAGES = (
    "README.md",
    "grammar/README.md",
    "docs/checks.md",
    "docs/derive.md",
    "benchmarks/README.md",
)


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A Markdown table."""
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in lines
    )


def methods() -> str:
    """The specs by family."""
    rows: list[tuple[str, ...]] = []
    for name, path in sorted(shipped().items(), key=lambda item: (item[1].parent.name, item[0])):
        spec = read(path)
        told = header(spec)
        link = f"[{told.title}](https://arxiv.org/abs/{told.arxiv})" if told.arxiv else told.title
        nets = ", ".join(f"{o.role} `{n}`" for n, o in elaborate_spec(spec).weights.items())
        rows.append((path.parent.name, f"[`{name}`]({path.relative_to(ROOT)})", link, nets))
    return table(("family", "spec", "paper", "nets"), rows)


def operators() -> str:
    """Operators, special forms and laws, as their own declarations describe them."""
    special = ((f"`{usage}`", text) for usage, text in SPECIAL.items())
    plain = ((family, f"`{_usage(o)}`", o.doc) for family, o in _by_family())
    drawn = [("`data`, `data(pixels, label)`", "the fields of the data set, in order or by name")]
    drawn += [("`noise`", "standard normal, shaped as the data")]
    drawn += [(f"`{law.usage}`", law.doc) for law in LAWS.values()]
    return "\n\n".join([
        "### Operators", table(("family", "operator", "what it is"), plain),
        "### Special forms", table(("form", "what it is"), special),
        "### Laws", table(("law", "what it is"), drawn),
    ])  # fmt: skip


def _by_family() -> list[tuple[str, Operator]]:
    modules = [m for n, m in sys.modules.items() if n.startswith("fmdsl.ops.")]
    homes = {o.name: m.__name__.rpartition(".")[2]
             for m in modules for o in vars(m).values() if isinstance(o, Operator)}  # fmt: skip
    return sorted(((homes[o.name], o) for o in OPERATORS.values()), key=lambda p: (p[0], p[1].name))


def _usage(o: Operator) -> str:
    if o.name[0].isalpha():
        return "-a" if o.name == "neg" else "a < b < c" if o.name == "and" else o.usage
    return f"a {o.name} b"


def console(*commands: str) -> str:
    """What commands print, as a console block; files named there are made from shipped specs."""
    blocks: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for name, old, new in BROKEN:
            text = shipped()[name.partition("_")[0]].read_text(encoding="utf-8")
            assert old in text, f"{old!r} is not in {name}"
            (Path(folder) / f"{name}.yaml").write_text(text.replace(old, new), encoding="utf-8")
        for command in commands:
            words = [sys.executable, "-m", *shlex.split(command)]
            done = subprocess.run(
                words, cwd=folder, env=_ENV, capture_output=True, text=True, check=False
            )
            blocks.append(f"$ {command}\n{(done.stderr + done.stdout).rstrip()}")
    return "```console\n" + "\n\n".join(blocks) + "\n```"


_ENV = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "100", "NO_COLOR": "1"}
#: Ordinary mistakes: (a name that begins with the spec's, what is replaced, by what).
BROKEN = (
    ("meanflow_attached", "sg(target)", "target"),
    ("tvm_misread", "sg(v(f(z, t, s), s,", "sg(v(z, s,"),
    ("meanflow_slip", "(t - r) * D(", "D("),
)
_TOUR = (
    "fmdsl cite meanflow",
    "fmdsl show tvm",
    "fmdsl diff meanflow tvm",
    "fmdsl compile meanflow --explain",
)


def checks() -> str:
    """Every code with the first line of its page."""
    return table(("code", "fault"), ((c, explain(c).strip().splitlines()[0]) for c in CODES))


_DERIVED = "fmdsl derive average --by r --for velocity --velocity own"


def _derivations() -> str:
    """What is derived, and the shipped specs that it is."""
    return table(("`fmdsl derive`", "is", "as `fmdsl relate` proves"), derivations.rows())


PARTS: dict[str, Callable[[], str]] = {
    "methods": methods,
    "operators": operators,
    "checks": checks,
    "derivations": _derivations,
    "steps": measured.steps,
    "targets": measured.targets,
    "program": measured.program,
    "attention": measured.attention,
    "quality:digits": partial(quality.page, "digits"),
    "quality:mixture2d": partial(quality.page, "mixture2d"),
    "out:check": partial(console, "fmdsl check ./meanflow_attached.yaml"),
    "out:verify": partial(console, "fmdsl verify tvm"),
    "out:derived": partial(console, _DERIVED),
    "out:derivation": partial(console, f"{_DERIVED} --steps"),
    "out:derivable": partial(console, "fmdsl derive"),
    "out:slip": partial(console, "fmdsl verify ./meanflow_slip.yaml"),
    "out:level": partial(console, "fmdsl check ./tvm_misread.yaml"),
    "out:commands": partial(console, *_TOUR),
}


def generated(text: str) -> str:
    """The page with its marked parts made anew."""
    for name, make in PARTS.items():
        marked = re.compile(f"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
        if marked.search(text):
            text = marked.sub(lambda m, make=make: f"{m[1]}{make()}\n{m[2]}", text)
    return text


def main() -> int:
    """Write the pages; with `--check`, name those that are out of date.

    `--gallery` makes its proofs and pictures anew, which takes a while.
    """
    checking, stale = "--check" in sys.argv, 0
    anew = "--gallery" in sys.argv and not checking
    if anew:
        gallery_pictures.write()
    for path, new in (*_pages(), *gallery.pages(anew)):
        if not path.exists() or path.read_text(encoding="utf-8") != new:
            stale += 1
            print(f"{path.relative_to(ROOT)} {'is out of date' if checking else 'is written'}")
            if not checking:
                path.write_text(new, encoding="utf-8")
    for path in gallery.orphans():
        stale += 1
        print(f"{path.relative_to(ROOT)} is of no method{'' if checking else ', and goes'}")
        if not checking:
            path.unlink()
    return int(checking and stale > 0)


def _pages() -> Iterator[tuple[Path, str]]:
    for page in PAGES:
        yield ROOT / page, generated((ROOT / page).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
