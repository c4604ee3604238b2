"""One request, from its arrival until it is written down: once, whatever becomes of it."""

from collections.abc import Callable
from hashlib import blake2b
from typing import TYPE_CHECKING

from mock_llm.evidence.days import date_of, day_of
from mock_llm.evidence.journal import Entry, Outcome
from mock_llm.evidence.ledger import Account
from mock_llm.evidence.prices import Price, Usage
from mock_llm.refusals import Refusal

if TYPE_CHECKING:
    from mock_llm.evidence.records import Records
    from mock_llm.injected.answer_faults import Spoiled

NOTHING = Usage(0, 0)


class Visit:
    """What is known so far about one request; `close` writes it into the lab's records.

    The wire fills in what the request says, the engine what becomes of it. A visit belongs to the
    records that were open when it came: a lab that is reset meanwhile hears no more of it. Closed
    visits are what the journal keeps: an `Entry` is made of one only when somebody reads it.
    """

    __slots__ = (
        "_records",
        "answer",
        "batch",
        "body",
        "content",
        "correct",
        "cost_nanodollars",
        "duration_s",
        "endpoint",
        "error",
        "fault",
        "feature",
        "finish_reason",
        "first_token_s",
        "is_closed",
        "item",
        "key",
        "matched",
        "model",
        "outcome",
        "received",
        "retry_after_s",
        "retry_count",
        "sequence",
        "set_aside",
        "spoiled",
        "status",
        "stream",
        "tier",
        "timeout_s",
        "token",
        "usage",
        "user",
        "wall",
    )

    def __init__(self, records: "Records", endpoint: str, sequence: int, key: str = "") -> None:
        self._records = records
        self.endpoint = endpoint
        self.sequence = sequence
        self.key = key
        self.received = records.clock.monotonic()
        self.wall = records.clock.wall()
        # Unlike anything that is drawn, the name may follow the order of arrival.
        self.token = blake2b(f"{records.api_key}\0{sequence}".encode(), digest_size=14).hexdigest()
        self.body = b""
        self.content = ""
        self.model: str | None = None
        self.user: str | None = None
        self.feature: str | None = None
        self.stream = False
        self.batch = False
        self.retry_count: int | None = None
        self.timeout_s: float | None = None
        self.fault: str | None = None
        self.error: str | None = None
        self.retry_after_s: float | None = None
        self.usage = NOTHING
        self.set_aside = 0  # nano-dollars that budgets count until the visit closes
        self.item: str | None = None
        self.matched = False
        self.correct: bool | None = None
        self.spoiled: Spoiled | None = None  # what a fault made wrong, if one did
        self.answer = ""
        self.finish_reason: str | None = None
        self.first_token_s: float | None = None
        self.cost_nanodollars = 0
        self.tier = "standard"
        self.is_closed = False

    @property
    def id(self) -> str:
        """The request's id, in the reply's x-request-id and in the journal."""
        return f"req_{self.token}"

    @property
    def created(self) -> int:
        """When the request came, in seconds since 1970 by the lab's clock."""
        return int(self.wall)

    @property
    def elapsed(self) -> float:
        """Seconds since the request came, by the lab's clock."""
        return self._records.clock.monotonic() - self.received

    @property
    def day(self) -> str:
        """The date on which the request came, by the lab's clock (UTC)."""
        return day_of(self.wall)

    @property
    def truth(self) -> str | None:
        """What should have been said where a fault made the answer wrong."""
        return self.spoiled.truth if self.spoiled else None

    @property
    def invented(self) -> str | None:
        """The products in the answer that nobody sells."""
        return self.spoiled.invented if self.spoiled else None

    @property
    def is_billed(self) -> bool:
        """Whether any tokens were used."""
        return self.usage is not NOTHING and bool(self.usage.prompt or self.usage.completion)

    def price(self) -> Price:
        """What its model costs on its day.

        Raises:
            KeyError: the model has no price, or none was named.
        """
        return self._records.prices.on(self.model or "", date_of(self.wall))

    def close(self, outcome: Outcome, status: int) -> None:
        """Bill and write down; only the first call counts.

        A fault that was injected stays the outcome, whatever else happens to the request.
        """
        if self.is_closed:
            return
        self.is_closed = True
        self.status = status
        self.outcome: Outcome = "fault" if self.fault else outcome
        try:
            self.duration_s = self.elapsed
            if self.model is not None and self.is_billed:
                self._bill()
            self._records.write(self)
        finally:
            self._records.leave()  # also if it cannot be written down: it is over

    def cancel(self, cut: Callable[[], None]) -> None:
        """Take back what a closed request did not come to: its work went on, and was cancelled.

        Args:
            cut: leaves of the visit's usage and answer what there was by then.
        """

        def change() -> None:
            cut()
            self._bill()
            self.outcome = "fault" if self.fault else "cancelled"

        self._records.amend(self, change)

    def _bill(self) -> None:
        price = self.price()
        self.cost_nanodollars = price.cost(self.usage, batch=self.batch)
        if self.batch:
            self.tier = "batch"
        else:
            self.tier = "long" if price.is_long(self.usage) else "standard"

    def name(self, *asked: bytes) -> None:
        """Name what was asked, unless a wire module has made sense of it and given a name."""
        if not self.content:
            digest = blake2b(b"\0".join(asked), digest_size=16).hexdigest()
            self.content = f"{self.endpoint} {self.model or ''} {digest}"

    def refuse(self, refusal: Refusal, status: int) -> None:
        """Close a request that gets an error, and note which."""
        self.error = refusal.reason
        if self.body:
            self.name(self.body)
        wait = refusal.headers.get("retry-after-ms")
        self.retry_after_s = None if wait is None else int(wait) / 1000
        self.close("error", status)

    @property
    def account(self) -> Account:
        """What the ledger counts it under; of a closed visit that is billed."""
        return Account(
            self.model or "", self.user or "", self.feature or "", self.day, self.key, self.tier
        )

    def entry(self) -> Entry:
        """A closed visit as the journal shows it."""
        usage = self.usage
        return Entry(
            id=self.id,
            endpoint=self.endpoint,
            model=self.model,
            user=self.user,
            feature=self.feature,
            stream=self.stream,
            status=self.status,
            outcome=self.outcome,
            fault=self.fault,
            prompt_tokens=usage.prompt,
            completion_tokens=usage.completion,
            cost_nanodollars=self.cost_nanodollars,
            item=self.item,
            matched=self.matched,
            correct=self.correct,
            answer=self.answer,
            finish_reason=self.finish_reason,
            received_s=self.received - self._records.opened,
            duration_s=self.duration_s,
            retry_count=self.retry_count,
            timeout_s=self.timeout_s,
            body=self.body,
            sequence=self.sequence,
            content=self.content,
            first_token_s=self.first_token_s,
            retry_after_s=self.retry_after_s,
            error=self.error,
            cached_tokens=usage.cached,
            reasoning_tokens=usage.reasoning,
            key=self.key,
            day=self.day,
            batch=self.batch,
            truth=self.truth,
            invented=self.invented,
        )
