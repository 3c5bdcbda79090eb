"""A derivative that cannot be taken says which, where and what to do."""

from __future__ import annotations


class DerivativeError(Exception):
    """A strategy cannot differentiate this net.

    strategy: the strategy's name. message: what stands in the way, naming the module or
    operator. remedy: what the user can write instead.
    """

    def __init__(self, strategy: str, message: str, remedy: str) -> None:
        self.strategy = strategy
        self.message = message
        self.remedy = remedy
        super().__init__(f"{strategy}: {message}\n  = help: {remedy}")
