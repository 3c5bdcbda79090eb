"""What is raised where the algebra has no answer."""

from __future__ import annotations


class Undecided(Exception):
    """No rule decides it; `term` is the part in hand, `reason` why."""

    def __init__(self, reason: str, term: object) -> None:
        super().__init__(reason, term)
        self.reason, self.term = reason, term

    def __str__(self) -> str:
        return f"{self.reason}: {self.term!r}"
