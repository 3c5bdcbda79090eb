"""A page for each shipped method, and the page that leads to them: made from the specs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from benchmarks.quality import page as measured
from docs.gallery_proofs import kept, proofs
from fmdsl.runtime.bench.table import markdown
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.formulas import formulas
from fmdsl.semantics.header import header
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read
from fmdsl.syntax.show import show

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "gallery"
DATA = ("digits", "mixture2d")
NOTATION = " ".join((
    r"Data are at $t = 0$ and noise is at $t = 1$, unless a path says otherwise.",
    r"The exact velocity of the law in the draws is $v^{\ast}_t(z)$, its flow $\Psi_{t\to r}$.",
    r"What stops the gradient is $\mathrm{sg}$, what averages weights is $\mathrm{ema}$; the empty",
    r"label is $\varnothing$. The total derivative is $\frac{\mathrm d}{\mathrm dt}$: draws are",
    r"held, lets move with $t$, and what has a dot moves as it says.",
    r"The expectation is over the draws.",
))  # fmt: skip


@cache
def known() -> dict[str, Elaborated]:
    """Every shipped method, in the order of families and names."""
    paths = sorted(shipped().items(), key=lambda item: (item[1].parent.name, item[0]))
    return {name: elaborate_spec(read(path)) for name, path in paths}


def pages(anew: bool = False) -> Iterator[tuple[Path, str]]:
    """Every page with its text; `anew` asks the prover even where a spec is as it was."""
    yield FOLDER.with_suffix(".md"), index()
    for name, e in known().items():
        file = FOLDER / f"{name}.md"
        yield file, page(name, proofs(e.spec) if anew else kept(file, e.spec))


def orphans() -> list[Path]:
    """Pages and pictures of methods that are no more."""
    files = [*FOLDER.glob("*.md"), *FOLDER.glob("pictures/*.png")]
    pictures = {f"{n}_{what}" for n in known() for what in (*DATA, f"{DATA[0]}_row")}
    return [f for f in files if f.stem not in (pictures if f.suffix == ".png" else known())]


def index() -> str:
    """The methods by family, each with what was measured of one step."""
    head = [
        "# Gallery",
        "Every shipped method: its objective, what is proved of it, what was measured. Made by "
        "`python docs/generate.py --gallery` from the specs, the prover and the results of "
        "[`fmdsl bench`](../benchmarks/README.md).",
        "Pictures are samples in **one** step after a small budget, the same for all.",
        f"## Notation\n\n{NOTATION}",
    ]
    families = dict.fromkeys(shipped()[name].parent.name for name in known())
    return "\n\n".join([*head, *(_family(family) for family in families)]) + "\n"


def _family(family: str) -> str:
    names = [n for n in known() if shipped()[n].parent.name == family]
    lines = [["method", "digits, one step", "paper"]]
    for name in names:
        told = header(known()[name].spec)
        picture = (
            f"![]({'gallery/pictures'}/{name}_digits_row.png)" if _has(name, "digits_row") else ""
        )
        lines.append([f"[`{name}`](gallery/{name}.md)", picture, f"{told.title}, {told.year}"])
    return f"## {family.replace('_', ' ')}\n\n{markdown(lines)}"


def page(name: str, proved: str) -> str:
    """A method on one page."""
    e = known()[name]
    objective, truth, sampler = (_math(block) for block in formulas(e))
    parts = [f"# {name}", *_header(e)]
    parts += ["## Objective", _nets(e), objective, "[Notation](../gallery.md#notation)"]
    parts += ["## What the nets are at the optimum", truth] if truth else []
    parts += ["## Sampler", sampler] if sampler else []
    parts += ["## What is proved", proved]
    parts += ["## Measured", *_measured(name)]
    parts += ["## Neighbours", _neighbours(name)]
    return "\n\n".join(parts) + "\n"


def _header(e: Elaborated) -> Iterator[str]:
    told, spec = header(e.spec), shipped()[e.spec.name].relative_to(ROOT)
    arxiv = f" [arXiv:{told.arxiv}](https://arxiv.org/abs/{told.arxiv})." if told.arxiv else ""
    where = f", {told.where}" if told.where else ""
    spec = f"Spec: [`{spec}`](../../{spec})."
    yield f"**{told.title}.** {told.authors} {told.year}{where}.{arxiv} {spec}"
    if told.remarks:
        yield told.remarks


def _nets(e: Elaborated) -> str:
    lines = [["net", "role", "gives"]]
    lines += [[f"`{signature(o)}`", o.role, o.kind] for o in e.outputs.values()]
    return markdown(lines)


def _math(block: str) -> str:
    return f"```math\n{block}\n```" if block else ""


# ---- what was measured


def _measured(name: str) -> Iterator[str]:
    """A method's numbers and its one-step samples on each data set."""
    lines = [line for data in DATA for line in measured.rows_of(name, data)]
    if lines:
        yield markdown([list(measured.HEAD), *lines])
    for data in DATA:
        if _has(name, data):
            told = f"one-step samples of {name}: {data}"
            yield f"One step, {data}:\n\n![{told}](pictures/{name}_{data}.png)"
    if not lines:
        yield "Nothing is measured yet."


def _has(name: str, what: str) -> bool:
    return (FOLDER / "pictures" / f"{name}_{what}.png").exists()


# ---- neighbours


def _neighbours(name: str) -> str:
    """What it extends and what extends it, its claims, and how to compare."""
    spec = known()[name].spec
    variants = [n for n, e in known().items() if e.spec.extends == name]
    lines = [f"- A variant of {_link(spec.extends)}."] if spec.extends in known() else []
    lines += [f"- Its variants: {', '.join(map(_link, variants))}."] if variants else []
    lines += [f"- Claims `{show(c)}`." for c in spec.claims]
    near = next((n for n in (spec.extends, *variants) if n in known()), None) or _same_family(name)
    lines.append(f"- What differs: `fmdsl diff {name} {near}`.")
    return "\n".join(lines)


def _same_family(name: str) -> str:
    family = [n for n in known() if shipped()[n].parent == shipped()[name].parent and n != name]
    return family[0] if family else "flow_matching"


def _link(name: str | None) -> str:
    return f"[`{name}`]({name}.md)"
