"""The kinds of failure that can be injected, and what each of them can be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

CHAT = "/v1/chat/completions"
COMPLETIONS = "/v1/completions"
EMBEDDINGS = "/v1/embeddings"
MODELS = "/v1/models"
ENDPOINTS = (CHAT, COMPLETIONS, EMBEDDINGS, MODELS)
BILLED = frozenset((CHAT, COMPLETIONS, EMBEDDINGS))
ANSWERING = frozenset((CHAT, COMPLETIONS))


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of failure.

    `endpoints` are those that it can strike; `asks` narrows it to requests that stream ("stream")
    or that ask for JSON ("json"). `settings` are the numbers that it takes, with their defaults;
    None is "as long or as much as it takes". `before_model` ones cost nothing: the model never ran.
    """

    says: str
    endpoints: frozenset[str] = ANSWERING
    asks: str | None = None
    settings: Mapping[str, float | None] = field(default_factory=dict)
    before_model: bool = False


KINDS: Mapping[str, Kind] = {
    "rate_limited": Kind(
        "429 with Retry-After and x-ratelimit headers; retry_after_s is the wait it asks for",
        BILLED,
        settings={"retry_after_s": 1.0, "after_s": 0.0},
        before_model=True,
    ),
    "server_error": Kind(
        "500 after after_s seconds", BILLED, settings={"after_s": 0.0}, before_model=True
    ),
    "unavailable": Kind(
        "503 after after_s seconds, with a Retry-After if retry_after_s is given",
        BILLED,
        settings={"retry_after_s": None, "after_s": 0.0},
        before_model=True,
    ),
    "hang": Kind(
        "no reply, until the client leaves or for_s seconds are over (then the connection closes)",
        BILLED,
        settings={"for_s": None},
        before_model=True,
    ),
    "reset": Kind(
        "the connection is reset after after_s seconds",
        BILLED,
        settings={"after_s": 0.0},
        before_model=True,
    ),
    "stream_cut": Kind(
        "the stream ends after the given fraction of its tokens: no finish_reason, no [DONE]; "
        "with abort=1 the connection breaks instead of ending",
        asks="stream",
        settings={"fraction": 0.5, "abort": 0.0},
    ),
    "not_json": Kind("status 200 with a gateway's error page as its body", BILLED),
    "wrong_format": Kind("prose where JSON was asked for", asks="json"),
    "truncated": Kind(
        "finish_reason length after max_tokens tokens, or after half of the answer",
        settings={"max_tokens": None},
    ),
    "empty": Kind("a reply without any text"),
    "wrong_product": Kind("a confident answer with the wrong product or value"),
}
