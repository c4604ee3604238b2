"""Which requests a fault is meant for."""

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

from mock_llm.injected.fault_kinds import ENDPOINTS, KINDS
from mock_llm.scripted.asked import said


@dataclass(frozen=True)
class Target:
    """What a fault needs to know about a request. `content` names what is in it.

    `load` is how many requests are under way in the lab, this one included. `body` is read only by
    faults that look for a text.
    """

    endpoint: str
    model: str
    stream: bool
    wants_json: bool
    content: str
    occurrence: int
    user: str | None = None
    load: int = 1
    body: bytes = b""

    @cached_property
    def text(self) -> str:
        """Everything that is said to the model, in small letters."""
        return said(self.body).lower()


@lru_cache(maxsize=256)
def collection(path: str) -> str | None:
    """The endpoint that a path lies under: "/v1/batches" for "/v1/batches/{id}/cancel".

    What is an endpoint by itself, as "/v1/messages/batches", lies under no other.
    """
    at = path
    while at and at not in ENDPOINTS:
        at = at.rpartition("/")[0]
    return at or None


class Scope(Protocol):
    """The part of a fault that says which requests it is meant for."""

    @property
    def kind(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def endpoint(self) -> str | None: ...
    @property
    def stream(self) -> bool | None: ...
    @property
    def user(self) -> str | None: ...
    @property
    def text(self) -> str | None: ...
    @property
    def load(self) -> int | None: ...


def in_scope(fault: Scope, target: Target) -> bool:
    """Whether a fault is meant for a request, leaving time and chance aside."""
    kind = KINDS[fault.kind]
    if fault.endpoint is None:
        if target.endpoint not in kind.endpoints:
            return False
    elif fault.endpoint != target.endpoint and not (
        # What lies under it runs no model, so only what strikes before one can strike there.
        kind.before_model and fault.endpoint == collection(target.endpoint)
    ):
        return False
    if not fits(kind.asks, target):
        return False
    if fault.model is not None and fault.model != target.model:
        return False
    if fault.stream is not None and fault.stream != target.stream:
        return False
    if fault.user is not None and fault.user != target.user:
        return False
    if fault.load is not None and target.load < fault.load:
        return False
    return fault.text is None or fault.text.lower() in target.text


def fits(asks: str | None, target: Target) -> bool:
    """Whether a request has what a kind asks for, so that it can fail this way."""
    if asks == "stream":
        return target.stream
    if asks == "whole":
        return not target.stream
    return target.wants_json if asks == "json" else True
