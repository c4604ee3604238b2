"""How much work the making of values may be: a schema can ask for more than anybody waits for."""

from mock_llm.bounded_regex import Patience, Pattern, compile_bounded

# A unit is about as much as one value of a few words: ten microseconds.
MOST_WORK = 30_000
_COMPILING = 20  # units that a pattern takes before it is searched for the first time


class TooMuchWork(Exception):
    """The values that are asked for would take too long to make."""


class NoArguments(ValueError):
    """No arguments were found that a function takes, for a reason.

    Args:
        name: of the function.
    """

    def __init__(self, reason: str, name: str) -> None:
        super().__init__(reason)
        self.name = name


class Work:
    """What is left for all values of one request, and for the searches that they need."""

    __slots__ = ("_left", "_patterns", "patience")

    def __init__(self, most: int = MOST_WORK) -> None:
        self._left = most
        self._patterns: dict[str, Pattern] = {}
        self.patience = Patience()

    def spend(self, units: int = 1) -> None:
        """Count some work that is about to be done.

        Raises:
            TooMuchWork: nothing is left of it.
        """
        self._left -= units
        if self._left < 0:
            raise TooMuchWork("it takes too much work")

    def found(self, pattern: str, text: str) -> bool:
        """Whether a regular expression is found in a text.

        Raises:
            ValueError: it is none.
            TooMuchWork: it takes too long to find out.
        """
        compiled = self._patterns.get(pattern)
        self.spend(1 if compiled else _COMPILING)
        if compiled is None:
            compiled = self._patterns[pattern] = compile_bounded(pattern)
        try:
            return self.patience.search(compiled, text) is not None
        except TimeoutError as error:
            said = f"the pattern {pattern[:100]!r} takes too long to search for"
            raise TooMuchWork(said) from error
