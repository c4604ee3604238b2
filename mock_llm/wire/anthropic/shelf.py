"""What a lab keeps for Anthropic's API between requests: cached prompts, and message batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from mock_llm.evidence.records import Records
from mock_llm.lab import Lab
from mock_llm.model.marked_cache import MarkedCache
from mock_llm.store import Store

KEPT_BATCHES = 2_000


@dataclass(slots=True)
class MessageBatch:
    """A batch and how far it has come. Times are in seconds since 1970.

    `requests` are (custom id, what to ask), `results` what became of each by its index;
    one that hangs has none. The first `ran` have run.
    """

    id: str
    requests: Sequence[tuple[str, Mapping[str, Any]]]
    created_at: float
    done_at: float
    expires_at: float
    ran: int = 0
    results: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    cancelled_at: float | None = None
    ended_at: float | None = None


@dataclass(slots=True)
class Shelf:
    """The things of one lab, since it was opened or reset. All of them are bounded."""

    epoch: Records
    cache: MarkedCache
    batches: Store[MessageBatch]


class Shelves:
    """The shelf of every lab."""

    def __init__(self) -> None:
        self._shelves: WeakKeyDictionary[Lab, Shelf] = WeakKeyDictionary()

    def of(self, lab: Lab) -> Shelf:
        """A lab's shelf; a lab that was reset has new records, and so gets an empty one."""
        shelf = self._shelves.get(lab)
        if shelf is None or shelf.epoch is not lab.records:
            if shelf is not None:
                shelf.batches.clear()
            batches: Store[MessageBatch] = Store(most=KEPT_BATCHES, room=lab.kept.room)
            shelf = Shelf(lab.records, MarkedCache(lab.clock), batches)
            self._shelves[lab] = shelf
        return shelf
