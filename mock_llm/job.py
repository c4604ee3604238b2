"""What the engine works with: a job, its result, and the line to the client."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.faults import Fault
from mock_llm.injected.overrides import Overrides
from mock_llm.model.generation import Choice
from mock_llm.model.models import Model

if TYPE_CHECKING:
    from mock_llm.knowledge.reply import Reply


class Pacing(Protocol):
    """When the chunks of a reply come; see `mock_llm.injected.latency.Pace`."""

    @property
    def instant(self) -> bool:
        """Whether all of them come at once."""

    def arrivals(self, draw: Draw, tokens: int) -> list[float]:
        """When each is there, in seconds after the request came; at least one time."""


@dataclass(frozen=True, slots=True)
class Result:
    """What the model made of a job. `reply` is what is known about the first choice.

    `pace` is how fast it comes, None for as fast as the lab says.
    """

    usage: Usage
    choices: Sequence[Choice] = ()
    reply: "Reply | None" = None
    vectors: Sequence[Sequence[float]] = ()
    pace: "Pacing | None" = None

    @property
    def steps(self) -> int:
        """How many chunks the longest choice has; choices are generated side by side."""
        return max((choice.steps for choice in self.choices), default=0)

    def usage_after(self, steps: int) -> Usage:
        """What is used once the first chunks are generated."""
        if steps >= self.steps:
            return self.usage
        completion = sum(choice.tokens_in(steps) for choice in self.choices)
        if steps:  # thoughts come before everything else, and not all of them are chunks
            completion += self.usage.completion - sum(choice.tokens for choice in self.choices)
        # A rule may bill less than there is.
        completion = max(0, min(completion, self.usage.completion))
        reasoning = min(self.usage.reasoning, completion)
        return replace(self.usage, completion=completion, reasoning=reasoning)


class Job(Protocol):
    """A request that a wire module has understood."""

    model: Model
    stream: bool
    wants_json: bool
    content: str
    """Names everything in the request that the answer depends on, and the model."""
    question: str
    """The same without the model: models of different size err on the same questions."""
    steady: bool
    """Whether asking again gives the same answer (a seed, or temperature 0)."""

    @property
    def prompt_tokens(self) -> int:
        """What limits charge on admission, beside the completion that the request allows."""

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        """Let the model run; `draws` gives the draws for each choice."""

    def body(self, visit: Visit, result: Result) -> bytes:
        """The whole reply."""

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        """The reply as a stream: events, each with the number of the chunk that it goes with."""


class Line(Protocol):
    """The connection to a client. Every method raises ClientGone once the client has left."""

    def overrides(self, token: str | None) -> Overrides | None:
        """What this one request replaces of the lab's faults and latency.

        Args:
            token: the server's admin token, if it has one: then the request needs it.

        Raises:
            Refusal: it cannot be used.
        """

    @property
    def elapsed(self) -> float:
        """Real seconds since the request came."""

    async def until(self, moment: float) -> None:
        """Wait until so many seconds after the request came."""

    async def hold(self, seconds: float | None) -> None:
        """Send nothing for so long, or until the client leaves."""

    async def reply(self, body: bytes, tokens: int, *, kind: bytes = b"application/json") -> None:
        """Send a whole reply with status 200. `tokens` count against the minute's allowance."""

    async def promise(self, length: int, tokens: int) -> None:
        """Send status 200 and the headers of a whole reply of so many bytes; `push` sends it."""

    async def start(self, tokens: int) -> None:
        """Send status 200 and the headers of a stream."""

    async def play(self, parts: Iterator[tuple[float, bytes]]) -> None:
        """Send parts of the stream, each so many real seconds after the request came."""

    async def push(self, data: bytes, *, last: bool = False) -> None:
        """Send a part of the stream."""

    async def hang_up(self) -> None:
        """Close the connection in good order, whether or not the reply is complete."""

    async def abort(self) -> None:
        """Break the connection so that the client sees a reset."""
