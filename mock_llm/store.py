"""Objects that a lab keeps because a client may ask for them again: bounded, the newest stay."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from mock_llm.evidence.journal import Room

KEPT_OBJECTS = 10_000
KEPT_BYTES = 64 * 1024 * 1024
KEPT_BYTES_TOGETHER = 512 * 1024 * 1024  # in all stores of a server
_REMEMBERED_GONE = 10_000

T = TypeVar("T")


@dataclass(slots=True)
class _Kept(Generic[T]):
    position: int
    size: int
    value: T


class Store(Generic[T]):
    """Objects of one kind by id, in the order in which they were made. Safe from any thread.

    At most `most` objects of `most_bytes` together are kept: those that were not used for longest
    make room, as if they had been deleted. Stores that share a `room` keep no more than it holds:
    where it is short, those with the most in it make room.
    """

    def __init__(
        self, most: int = KEPT_OBJECTS, most_bytes: int = KEPT_BYTES, room: Room | None = None
    ) -> None:
        self._room = room or Room(KEPT_BYTES_TOGETHER)
        self._most = most
        self._most_bytes = most_bytes
        self._kept: OrderedDict[str, _Kept[T]] = OrderedDict()
        self._gone: OrderedDict[str, int] = OrderedDict()
        self._bytes = 0
        self._made = 0
        self._lock = threading.RLock()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def size(self) -> int:
        """How many bytes the objects are together, as they were said to be."""
        return self._bytes

    def keep(self, id: str, value: T, size: int) -> None:
        """Keep an object, or a new version of one; `size` is in bytes."""
        with self._lock:
            before = self._kept.get(id)
            if not self._kept:
                self._room.journals += 1
            if before is None:
                self._made += 1
                self._kept[id] = _Kept(self._made, size, value)
            else:
                self._bytes -= before.size
                self._room.used -= before.size
                self._kept[id] = _Kept(before.position, size, value)
                self._kept.move_to_end(id)
            self._bytes += size
            self._room.used += size
            while len(self._kept) > self._most or (len(self._kept) > 1 and self._is_too_large):
                self._drop(next(iter(self._kept)))

    def get(self, id: str) -> T | None:
        """The object with an id; None if there is none (any more)."""
        with self._lock:
            kept = self._kept.get(id)
            if kept is None:
                return None
            self._kept.move_to_end(id)
            return kept.value

    def peek(self, id: str) -> T | None:
        """The same; the object does not count as used."""
        kept = self._kept.get(id)
        return kept.value if kept else None

    def change(self, id: str, change: Callable[[T], tuple[T, int]]) -> T | None:
        """Replace an object by what `change` makes of it, in one step; None if there is none."""
        with self._lock:
            kept = self._kept.get(id)
            if kept is None:
                return None
            value, size = change(kept.value)
            self.keep(id, value, size)
            return value

    def drop(self, id: str) -> T | None:
        """Delete an object and give it; None if there is none."""
        with self._lock:
            return self._drop(id) if id in self._kept else None

    def all(self) -> list[tuple[str, T]]:
        """Ids and objects, the oldest first."""
        with self._lock:
            ordered = sorted(self._kept.items(), key=lambda pair: pair[1].position)
        return [(id, kept.value) for id, kept in ordered]

    def position(self, id: str) -> int | None:
        """Where an object stands in the order, also of one that was deleted lately: who deletes
        while paging through a list goes on after it."""
        with self._lock:
            kept = self._kept.get(id)
            return kept.position if kept else self._gone.get(id)

    def clear(self) -> None:
        """Delete all objects."""
        with self._lock:
            while self._kept:
                self._drop(next(iter(self._kept)))

    @property
    def _is_too_large(self) -> bool:
        most = self._most_bytes
        if self._room.used > self._room.most:
            most = min(most, self._room.share)
        return self._bytes > most

    def _drop(self, id: str) -> T:
        kept = self._kept.pop(id)
        self._bytes -= kept.size
        self._room.used -= kept.size
        if not self._kept:
            self._room.journals -= 1
        self._gone[id] = kept.position
        if len(self._gone) > _REMEMBERED_GONE:
            self._gone.popitem(last=False)
        return kept.value
