"""One request, from its arrival until it is written down: once, whatever becomes of it."""

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import blake2b

from mock_llm.clock import Clock
from mock_llm.journal import Entry, Journal, Outcome
from mock_llm.ledger import Book, Line
from mock_llm.prices import PriceList, Usage

NOTHING = Usage(0, 0)


class Visit:
    """What is known so far about one request; `close` writes it into journal and ledger.

    The wire fills in what the request says, the engine what becomes of it. A visit belongs to the
    journal that was open when it came: a lab that is reset meanwhile hears no more of it.
    """

    __slots__ = (
        "_book",
        "_clock",
        "_journal",
        "_leave",
        "_opened",
        "_prices",
        "answer",
        "body",
        "correct",
        "endpoint",
        "fault",
        "feature",
        "finish_reason",
        "is_closed",
        "item",
        "matched",
        "model",
        "received",
        "retry_count",
        "sequence",
        "stream",
        "timeout_s",
        "token",
        "usage",
        "user",
    )

    def __init__(
        self,
        *,
        endpoint: str,
        name: str,
        sequence: int,
        opened: float,
        clock: Clock,
        prices: PriceList,
        journal: Journal,
        book: Book,
        leave: Callable[[], None],
    ) -> None:
        self._clock = clock
        self._prices = prices
        self._journal = journal
        self._book = book
        self._leave = leave
        self._opened = opened
        self.endpoint = endpoint
        self.sequence = sequence
        self.received = clock.monotonic()
        # Unlike anything that is drawn, the name may follow the order of arrival.
        self.token = blake2b(f"{name}\0{sequence}".encode(), digest_size=14).hexdigest()
        self.body = b""
        self.model: str | None = None
        self.user: str | None = None
        self.feature: str | None = None
        self.stream = False
        self.retry_count = 0
        self.timeout_s: float | None = None
        self.fault: str | None = None
        self.usage = NOTHING
        self.item: str | None = None
        self.matched = False
        self.correct: bool | None = None
        self.answer = ""
        self.finish_reason: str | None = None
        self.is_closed = False

    @property
    def id(self) -> str:
        """The request's id, in the reply's x-request-id and in the journal."""
        return f"req_{self.token}"

    @property
    def created(self) -> int:
        """When the reply was made, in seconds since 1970 by the lab's clock."""
        return int(self._clock.wall())

    @property
    def elapsed(self) -> float:
        """Seconds since the request came, by the lab's clock."""
        return self._clock.monotonic() - self.received

    def close(self, outcome: Outcome, status: int) -> None:
        """Bill and write down; only the first call counts.

        A fault that was injected stays the outcome, whatever else happens to the request.
        """
        if self.is_closed:
            return
        self.is_closed = True
        cost = self._bill()
        self._journal.write(
            Entry(
                id=self.id,
                endpoint=self.endpoint,
                model=self.model,
                user=self.user,
                feature=self.feature,
                stream=self.stream,
                status=status,
                outcome="fault" if self.fault else outcome,
                fault=self.fault,
                prompt_tokens=self.usage.prompt,
                completion_tokens=self.usage.completion,
                cost_nanodollars=cost,
                item=self.item,
                matched=self.matched,
                correct=self.correct,
                answer=self.answer,
                finish_reason=self.finish_reason,
                received_s=self.received - self._opened,
                duration_s=self.elapsed,
                retry_count=self.retry_count,
                timeout_s=self.timeout_s,
                body=self.body,
                sequence=self.sequence,
            )
        )
        self._leave()

    def _bill(self) -> int:
        usage = self.usage
        if self.model is None or (not usage.prompt and not usage.completion):
            return 0
        today = datetime.fromtimestamp(self._clock.wall(), UTC).date()
        cost = self._prices.on(self.model, today).cost(usage)
        self._book.write(
            Line(
                request_id=self.id,
                model=self.model,
                user=self.user or "",
                feature=self.feature or "",
                prompt_tokens=usage.prompt,
                cached_tokens=usage.cached,
                completion_tokens=usage.completion,
                cost_nanodollars=cost,
            )
        )
        return cost
