"""Requests that were paid for again: what a cache of exact answers could have saved at most."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

REMEMBERED = 20_000


class Repeats:
    """Counts paid requests whose content (everything that the answer depends on, and the model)
    was paid for before, by whomever. The newest `REMEMBERED` contents are remembered."""

    def __init__(self) -> None:
        self._paid: dict[str, None] = {}
        self.requests = 0
        self.nanodollars = 0

    def add(self, visit: "Visit") -> None:
        content = visit.content
        if not content or not visit.cost_nanodollars:
            return
        if content in self._paid:
            self.requests += 1
            self.nanodollars += visit.cost_nanodollars
            return
        self._paid[content] = None
        if len(self._paid) > REMEMBERED:
            del self._paid[next(iter(self._paid))]
