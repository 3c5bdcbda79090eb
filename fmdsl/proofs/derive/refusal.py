"""Why no objective follows from a choice, and what to choose instead."""

from __future__ import annotations


class NotDerived(Exception):
    """No objective follows: `reason` says why, `remedy` what does."""

    def __init__(self, reason: str, remedy: str) -> None:
        super().__init__(f"{reason}\n  help: {remedy}")
        self.reason, self.remedy = reason, remedy
