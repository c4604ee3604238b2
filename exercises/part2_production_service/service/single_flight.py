"""One flight for all who ask the same at the same time.

Task `stampede` (section 2.2, for afterwards). A popular answer leaves the cache, and in the second
before it is back a hundred customers ask for it: a hundred calls for one answer.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from .answerer import Answer, Answerer, Deadline, Question
from .errors import ModelTimeout


class SingleFlight:
    """An answerer that lets equal questions under way share one answer.

    `key` says which questions are equal. When the task is done, add the ring in `main.py`.
    """

    def __init__(self, inner: Answerer, key: Callable[[Question], str]) -> None:
        self.inner = inner
        self.key = key
        self._flights: dict[str, asyncio.Task[Answer]] = {}

    async def answer(self, question: Question, deadline: Deadline) -> Answer:
        """Join the flight for this question if one is in the air, else start it.

        The flight is a task of its own: the customer who started it may hang up (`asyncio.shield`)
        without taking the others down. Each waits for as long as their own deadline allows, then
        gets a `ModelTimeout`. A flight leaves `_flights` when it lands, well or badly, so that a
        failure is not handed to those who ask later. Only one pays: the answers of those who joined
        come from the `"cache"` and cost 0.
        """
        key = self.key(question)
        # YOUR CODE HERE
        raise NotImplementedError()

    def _land(self, key: str, flight: asyncio.Task[Answer]) -> None:
        """Take a landed flight off the board; call it as the task's done callback.

        Reading the exception keeps asyncio from warning when everybody has hung up.
        """
        self._flights.pop(key, None)
        if not flight.cancelled():
            flight.exception()
