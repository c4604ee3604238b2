"""How much work the making of values may be: a schema can ask for more than anybody waits for."""

from mock_llm.bounded_regex import Patience

# A unit is about as much as one value of a few words: ten microseconds.
MOST_WORK = 30_000


class TooMuchWork(Exception):
    """The values that are asked for would take too long to make."""


class Work:
    """What is left for all values of one request, and for the searches that they need."""

    __slots__ = ("_left", "patience")

    def __init__(self, most: int = MOST_WORK) -> None:
        self._left = most
        self.patience = Patience()

    def spend(self, units: int = 1) -> None:
        """Count some work that is about to be done.

        Raises:
            TooMuchWork: nothing is left of it.
        """
        self._left -= units
        if self._left < 0:
            raise TooMuchWork("it takes too much work")
