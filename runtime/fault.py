"""What stops a run, in words: what is wrong, why, and what to do."""

from __future__ import annotations


class RunError(Exception):
    """A run that cannot start or go on, and what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message}\n  help: {remedy}")
        self.message = message
        self.remedy = remedy


class ConfigError(RunError):
    """A run config that means nothing: an unknown key, a value of the wrong type."""


def meant(name: str, known: list[str]) -> str:
    """`did you mean ...?`, or everything there is to choose from."""
    from fmdsl.catalog import closest

    near = closest(name, known)
    if near is not None:
        return f"did you mean `{near}`?"
    return f"one of {', '.join(known)}" if known else "there is none to choose from"
