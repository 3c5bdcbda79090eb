"""Settings that may change after training: those of the sampler alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fmdsl.runtime.fault import ConfigError
from fmdsl.semantics.elaborated import Elaborated, LawTerm
from fmdsl.terms.term import Term, walk


def check_free(e: Elaborated, changed: Iterable[str]) -> None:
    """Raises ConfigError for a setting that training reads: the weights have its value."""
    trained = {t["name"] for t in walk(*_training(e)) if t.op == "setting"}
    free = sorted(e.settings.keys() - trained)
    for name in changed:
        if name in trained:
            others = f"; what may change is {', '.join(free)}" if free else ""
            raise ConfigError(
                f"`{name}` is a setting of training: the weights have it",
                f"train with `--with {name}=...`{others}",
            )


def _training(e: Elaborated) -> Iterator[Term]:
    """Losses, decays of averages, and params of laws."""
    yield from (o.loss for o in e.objectives)
    yield from e.decays.values()
    for drawn in e.draws:
        yield from _params(drawn.law)


def _params(law: LawTerm) -> Iterator[Term]:
    for param in law.params:
        if isinstance(param, LawTerm):
            yield from _params(param)
        else:
            yield param
