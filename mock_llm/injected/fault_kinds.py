"""The kinds of failure that can be injected, and what each of them can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
MODELS = "/v1/models"
RESPONSES = "/v1/responses"
MODERATIONS = "/v1/moderations"
FILES = "/v1/files"
BATCHES = "/v1/batches"
MESSAGES = "/v1/messages"
COUNT_TOKENS = "/v1/messages/count_tokens"
MESSAGE_BATCHES = "/v1/messages/batches"
ENDPOINTS = (
    CHAT,
    RESPONSES,
    COMPLETIONS,
    EMBEDDINGS,
    MODERATIONS,
    MODELS,
    FILES,
    BATCHES,
    MESSAGES,
    COUNT_TOKENS,
    MESSAGE_BATCHES,
)
BILLED = frozenset((CHAT, RESPONSES, COMPLETIONS, EMBEDDINGS, MESSAGES))
ANSWERING = frozenset((CHAT, RESPONSES, COMPLETIONS, MESSAGES))

Place = Literal["http", "stream", "answer"]
Asks = Literal["stream", "whole", "json"]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of failure.

    `says` is what it does on the wire. `endpoints` are those that it can strike; `asks` narrows it
    to requests that stream ("stream"), that do not ("whole") or that ask for JSON ("json").
    `settings` are the numbers that it takes, with their defaults; None is "as long or as much as it
    takes". `before_model` ones cost nothing: the model never ran. `place` is where a client meets
    it: in HTTP, in a stream, or in an answer that arrives whole.
    """

    says: str
    endpoints: frozenset[str] = ANSWERING
    asks: Asks | None = None
    settings: Mapping[str, float | None] = field(default_factory=dict)
    before_model: bool = False
    place: Place = "answer"


def _status(says: str, **settings: float | None) -> Kind:
    """A kind whose reply is an error status, after `after_s` seconds."""
    return Kind(
        says, BILLED, settings={**settings, "after_s": 0.0}, before_model=True, place="http"
    )


def _body(says: str, asks: Asks | None = "whole", **settings: float | None) -> Kind:
    """A kind that spoils the reply's body, after the model ran."""
    return Kind(says, BILLED, asks, settings, place="http")


def _stream(says: str, **settings: float | None) -> Kind:
    return Kind(says, asks="stream", settings=settings, place="stream")


KINDS: Mapping[str, Kind] = {
    "rate_limited": _status(
        "429 with Retry-After and x-ratelimit headers; retry_after_s is the wait it asks for",
        retry_after_s=1.0,
    ),
    "quota_exhausted": _status("429 insufficient_quota, without Retry-After: waiting is no help"),
    "unauthorized": _status("401: the key is refused"),
    "forbidden": _status("403: the key is known and may not do this"),
    "not_found": _status("404: the model does not exist, or not for this key"),
    "request_timeout": _status("408: the server waited too long for the request"),
    "context_length": _status("400 context_length_exceeded, with the model's real window"),
    "server_error": _status("500 after after_s seconds"),
    "bad_gateway": _status("502: a gateway got nothing sensible from the server"),
    "unavailable": _status(
        "503 after after_s seconds, with a Retry-After if retry_after_s is given",
        retry_after_s=None,
    ),
    "gateway_timeout": _status("504: a gateway waited too long for the server"),
    "overloaded": _status("529: the provider is overloaded"),
    "hang": Kind(
        "no reply, until the client leaves or for_s seconds are over (then the connection closes)",
        BILLED,
        settings={"for_s": None},
        before_model=True,
        place="http",
    ),
    "reset": _status("the connection is reset after after_s seconds"),
    "trickle": _body(
        "a sound reply, bytes_each bytes every every_s seconds: no read ever times out",
        bytes_each=16.0,
        every_s=0.5,
    ),
    "wrong_content_type": _body("a sound body, called text/plain instead of application/json"),
    "body_cut": _body(
        "the connection closes after the given fraction of the body that content-length promised",
        fraction=0.5,
    ),
    "not_json": _body("status 200 with a gateway's error page as its body", asks=None),
    "stream_cut": _stream(
        "the stream ends after the given fraction of its tokens: no finish_reason, no [DONE]; "
        "with abort=1 the connection breaks instead of ending",
        fraction=0.5,
        abort=0.0,
    ),
    "stream_error": _stream(
        "an error event after the given fraction of the tokens, and the stream ends", fraction=0.5
    ),
    "stall": _stream(
        "nothing more after the given fraction of the tokens, until the client leaves; or, if "
        "for_s is given, a pause of so many seconds",
        fraction=0.5,
        for_s=None,
    ),
    "malformed_event": _stream(
        "an event in the middle, at the given fraction of the tokens, whose JSON breaks off",
        fraction=0.5,
    ),
    "no_done": _stream("everything but the event that ends a stream ([DONE])"),
    "usage_missing": _stream("a whole stream that does not say what was used"),
    "wrong_format": Kind("prose where JSON was asked for", asks="json"),
    "wrong_value": Kind(
        "JSON of the right form, in which one value is wrong: a number a hundred times too large, "
        "a yes for a no, a product that is not for sale",
        asks="json",
    ),
    "truncated": Kind(
        "finish_reason length after max_tokens tokens, or after half of the answer",
        settings={"max_tokens": None},
    ),
    "empty": Kind("a reply without any text"),
    "refusal": Kind("a proper reply that declines to answer"),
    "content_filter": Kind("half of the answer, and finish_reason content_filter"),
    "wrong_product": Kind("a confident answer with the wrong product or value"),
    "hallucinated_product": Kind("a confident answer with a product that does not exist"),
    "long_reasoning": Kind(
        "a sound answer after reasoning at length: factor times the completion tokens, billed and "
        "waited for, none of the thoughts shown",
        settings={"factor": 6.0},
    ),
}
