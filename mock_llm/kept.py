"""What a lab keeps between requests: made objects by id, and the prompts that its cache knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mock_llm.evidence.journal import Room
from mock_llm.model.prompt_cache import PromptCache
from mock_llm.store import KEPT_BYTES_TOGETHER, Store

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit
    from mock_llm.job import Result

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class KeptCompletion:
    """A stored chat completion: the reply as it was sent, and the messages that it answers."""

    reply: Json
    messages: Sequence[Json]
    size: int


@dataclass(frozen=True, slots=True)
class KeptResponse:
    """A response: as it will be when it is done, its input items, and the chat up to its end.

    One that runs in the background is queued until `starts_at` and done at `done_at`, in seconds
    since 1970; the others are done at once. `chat` leaves the instructions out, which do not carry
    over to the next turn. `work` is what a background one came from and will come to.
    """

    reply: Json
    items: Sequence[Json]
    chat: Sequence[Json]
    starts_at: float
    done_at: float
    size: int
    work: "tuple[Visit, Result] | None" = None


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file; `expires_at` in seconds since 1970, None if it stays."""

    id: str
    content: bytes
    filename: str
    purpose: str
    created_at: int
    expires_at: int | None


@dataclass(slots=True)
class KeptBatch:
    """A batch and how far it has come. Times are in seconds since 1970.

    `lines` are the requests, `replies` what became of each: (status, request id, body);
    one that hangs has none. The first `ran` have run. `queued` are the prompt tokens by model, None
    as long as nobody counted them. `status` leaves cancelling out: that is `cancelling_at`.
    """

    id: str
    endpoint: str
    input_file_id: str
    metadata: Json | None
    created_at: int
    starts_at: float
    done_at: float
    expires_at: int
    output_expires_s: int | None
    lines: Sequence[Json]
    errors: Sequence[Json]
    ran: int = 0
    replies: dict[int, tuple[int, str, bytes]] = field(default_factory=dict)
    queued: Mapping[str, int] | None = None
    cancelling_at: float | None = None
    ended_at: float | None = None
    status: str = "validating"
    output_file_id: str | None = None
    error_file_id: str | None = None


class Kept:
    """The stores of one lab. Every one is bounded, and so are those of a server together.

    Args:
        room: the memory that all stores of a server share.
    """

    __slots__ = ("batches", "completions", "files", "prompts", "responses", "room")

    def __init__(self, room: Room | None = None) -> None:
        self.room = room or Room(KEPT_BYTES_TOGETHER)
        self.prompts = PromptCache()
        self.completions: Store[KeptCompletion] = Store(room=self.room)
        self.responses: Store[KeptResponse] = Store(room=self.room)
        self.files: Store[KeptFile] = Store(room=self.room)
        self.batches: Store[KeptBatch] = Store(most=2_000, room=self.room)

    def clear(self) -> None:
        """Give everything up, and its room."""
        for store in (self.completions, self.responses, self.files, self.batches):
            store.clear()
