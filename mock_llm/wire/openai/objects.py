"""What the requests for kept objects have in common: the call, lists by page, 404s."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import parse_qs

import orjson

from mock_llm.evidence.visit import Visit
from mock_llm.lab import Lab
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.store import Store
from mock_llm.wire import fields
from mock_llm.wire.connection import Connection
from mock_llm.wire.openai.complaints import KINDS

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

OWNER = "openai"  # of the models
T = TypeVar("T")
_ORDER = KINDS.one_of("asc", "desc")


@dataclass
class Call:
    """One request for a kept object; `id` is the object's, from the path."""

    lab: Lab
    visit: Visit
    line: Connection
    models: Mapping[str, Model]
    pack: "KnowledgePack"
    id: str
    query_string: bytes

    @cached_property
    def query(self) -> Mapping[str, list[str]]:
        return parse_qs(self.query_string.decode("latin-1"), keep_blank_values=True)

    @cached_property
    def request(self) -> Mapping[str, Any]:
        """The JSON object in the body; empty if there is no body."""
        return fields.parse(self.visit.body) if self.visit.body else {}

    @property
    def now(self) -> float:
        return self.lab.clock.wall()

    def asked(self, name: str) -> str | None:
        """A parameter of the query, as it was given last."""
        values = self.query.get(name)
        return values[-1] if values else None

    def asked_number(self, name: str, default: int, least: int, most: int) -> int:
        value = self.asked(name)
        if value is None:
            return default
        try:
            number = int(value)
        except ValueError:
            raise fields.wrong_type(name, "an integer", value) from None
        KINDS.integer(least, most).check(name, number)
        return number

    def in_order(self, default: str) -> str:
        order = self.asked("order") or default
        _ORDER.check("order", order)
        return order


def page_of_store(
    call: Call,
    store: Store[T],
    shown: Callable[[T], Mapping[str, Any] | None],
    *,
    order: str,
    limit: int = 20,
    most: int = 100,
) -> bytes:
    """A page of a store; what `shown` makes None is left out.

    Raises:
        Refusal: the page is asked for wrongly.
    """
    order = call.in_order(order)
    after = call.asked("after")
    kept = store.all()
    if after is not None:
        place = store.position(after)
        if place is None:
            raise unknown_after(after)
        sign = 1 if order == "asc" else -1
        kept = [pair for pair in kept if sign * ((store.position(pair[0]) or 0) - place) > 0]
    if order == "desc":
        kept.reverse()
    objects = (seen for _, value in kept if (seen := shown(value)) is not None)
    return _page(objects, call.asked_number("limit", limit, 1, most))


def page_of_items(call: Call, items: Sequence[Mapping[str, Any]], *, order: str) -> bytes:
    """A page of items that have ids.

    Raises:
        Refusal: the page is asked for wrongly.
    """
    listed = list(items)
    if call.in_order(order) == "desc":
        listed.reverse()
    after = call.asked("after")
    if after is not None:
        ids = [item["id"] for item in listed]
        if after not in ids:
            raise unknown_after(after)
        listed = listed[ids.index(after) + 1 :]
    return _page(listed, call.asked_number("limit", 20, 1, 100))


def _page(objects: Iterable[Mapping[str, Any]], limit: int) -> bytes:
    page: list[Mapping[str, Any]] = []
    more = False
    for each in objects:
        if len(page) == limit:
            more = True
            break
        page.append(each)
    return orjson.dumps(
        {
            "object": "list",
            "data": page,
            "first_id": page[0]["id"] if page else None,
            "last_id": page[-1]["id"] if page else None,
            "has_more": more,
        }
    )


def deleted(id: str, kind: str) -> bytes:
    return orjson.dumps({"id": id, "object": kind, "deleted": True})


def unknown_after(id: str) -> Refusal:
    return Refusal("invalid_value", f"No object found for 'after': '{_short(id)}'.", param="after")


def no_such(what: str, id: str, param: str | None = None) -> Refusal:
    """The 404 for an id that never was, or is no more."""
    return Refusal("unknown_object", f"{what} '{_short(id)}' not found.", param=param)


def no_such_file(id: str, param: str = "id") -> Refusal:
    return Refusal("unknown_object", f"No such File object: {_short(id)}", param=param)


def _short(id: str) -> str:
    return id if len(id) <= 100 else f"{id[:100]}…"
