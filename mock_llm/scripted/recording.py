"""A recording of a provider: a file of JSON lines, one for each request and its reply.

The first line says what it is: {"format": "mock_llm recording", "version": 1, "upstream": …}. Every
other line is an exchange:

method, path   of the request, the path as the mock serves it ("/v1/chat/completions?a=b")
content        names what was asked: equal for equal requests, see `content_of`
request        the request's JSON; absent where it had none
status         of the reply
headers        those of the reply that say nothing about who asked
first_byte_s   seconds from the request to the reply's first byte
duration_s     seconds from the request to the reply's end
body           the reply, as text; absent in a stream, which has
events         [[seconds from the request, text of one server-sent event], …]

Keys, organisations and projects are never in it: request headers are not written at all, of the
reply's headers only those in `KEPT_HEADERS`, and what was secret in the request is replaced where
the provider's reply repeats it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from mock_llm.bounded_json import load_json
from mock_llm.yamlfile import SettingError

FORMAT = "mock_llm recording"
VERSION = 1
HIDDEN = "…"
KEPT_HEADERS = re.compile(
    r"content-type|retry-after(-ms)?|x-should-retry|x-ratelimit-.*|anthropic-ratelimit-.*"
    r"|openai-processing-ms|openai-version"
)
# Names that providers print into their messages. Short ones are words of a text.
_NAMED = re.compile(r"\b(org|proj|user)[-_][A-Za-z0-9]{12,}\b|\bsk-[A-Za-z0-9_*-]{16,}")
_SECRET_PARAMETER = re.compile(r"key|token|secret|sig|auth|password", re.IGNORECASE)
# What says who asks and how the reply travels, but not what is asked.
_NOT_ASKED = frozenset(
    (
        "model",
        "stream",
        "stream_options",
        "user",
        "safety_identifier",
        "prompt_cache_key",
        "metadata",
        "store",
        "service_tier",
        "cache_control",
        "inference_geo",
    )
)


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its reply. Times are seconds after the request came; see the module."""

    method: str
    path: str
    content: str
    status: int
    first_byte_s: float
    duration_s: float
    request: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    events: Sequence[tuple[float, str]] = ()

    @property
    def is_stream(self) -> bool:
        return self.body is None

    @property
    def model(self) -> str:
        """The model that was asked; "" if none was named."""
        named = (self.request or {}).get("model")
        return named if isinstance(named, str) else ""

    def line(self) -> bytes:
        """The exchange as its line in the file."""
        plain = {name: getattr(self, name) for name in _FIELDS}
        written = {name: value for name, value in plain.items() if value not in (None, (), {})}
        return orjson.dumps(written, option=orjson.OPT_APPEND_NEWLINE)


_FIELDS = (
    "method",
    "path",
    "content",
    "request",
    "status",
    "headers",
    "first_byte_s",
    "duration_s",
    "body",
    "events",
)


def content_of(method: str, path: str, body: bytes) -> str:
    """Names what a request asks: equal for equal requests, whoever sends them.

    Model, path and whether the reply streams belong to it; who asks (user, metadata) does not.
    """
    request = json_object(body)
    if request is None:
        return f"{method} {path} {blake2b(body, digest_size=16).hexdigest()}"
    asked = {key: value for key, value in request.items() if key not in _NOT_ASKED}
    if request.get("stream") is True:
        asked |= {"stream": True, "stream_options": request.get("stream_options")}
    digest = blake2b(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS), digest_size=16).hexdigest()
    return f"{method} {path} {request.get('model') or '-'} {digest}"


def json_object(body: bytes) -> dict[str, Any] | None:
    """The JSON object in a body; None if it is something else."""
    try:
        parsed = load_json(body)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def open_path(path: str, query: str) -> str:
    """A path with its query, without parameters that could be secret."""
    kept = [
        pair
        for pair in parse_qsl(query, keep_blank_values=True)
        if not _SECRET_PARAMETER.search(pair[0]) and not pair[0].startswith("mock_")
    ]
    return f"{path}?{urlencode(kept)}" if kept else path


def without_secrets(text: str, secrets: Sequence[str], *, is_error: bool) -> str:
    """A text in which nothing secret is left.

    Args:
        secrets: the caller's key, organisation and project, as they came.
        is_error: whether it is a provider's complaint, which may name them in its own words.
    """
    for secret in secrets:
        text = text.replace(secret, HIDDEN)
    return _NAMED.sub(HIDDEN, text) if is_error else text


def header_line(upstream: str) -> bytes:
    """The first line of a recording."""
    head = {"format": FORMAT, "version": VERSION, "upstream": upstream}
    return orjson.dumps(head, option=orjson.OPT_APPEND_NEWLINE)


def is_recording(path: Path) -> bool:
    """Whether a file begins as a recording does.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        first = json_object(file.readline(10_000))
    return first is not None and first.get("format") == FORMAT


def read_recording(path: Path) -> list[Exchange]:
    """The exchanges in a file, in their order. A last line that was not finished is left out.

    Raises:
        SettingError: naming the file, the line and what is wrong with it.
    """
    problems: list[tuple[int, str]] = []
    found = list(exchanges(path, problems))
    for line, problem in problems:
        raise SettingError(f"{path}: line {line}: {problem}")
    return found


def exchanges(path: Path, problems: list[tuple[int, str]]) -> Iterator[Exchange]:
    """The exchanges in a file; what is wrong with others is added to `problems`, by line.

    Raises:
        SettingError: the file cannot be read, or is no recording.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise SettingError(f"recording {path}: cannot be read ({error.strerror})") from error
    head = json_object(lines[0])
    if head is None or head.get("format") != FORMAT:
        raise SettingError(
            f"recording {path}: is no recording; make one: mock-llm record --to {path}"
        )
    if head.get("version") != VERSION:
        raise SettingError(
            f"recording {path}: was written by another version of mock_llm (format "
            f"{head.get('version')}, this one reads {VERSION}); record it again"
        )
    for number, line in enumerate(lines[1:-1], 2):
        if not line.strip():
            continue
        try:
            yield _exchange(line)
        except (ValueError, TypeError, KeyError) as error:
            problems.append((number, f"is no exchange ({error})"))


def _exchange(line: bytes) -> Exchange:
    data = orjson.loads(line)
    if not isinstance(data, dict):
        raise TypeError("it is no JSON object")
    missing = [name for name in ("method", "path", "content", "status") if name not in data]
    if missing:
        raise KeyError(f"{missing[0]} is missing")
    unknown = sorted(set(data) - set(_FIELDS))
    if unknown:
        raise KeyError(f"{unknown[0]} is not known")
    events = [(_seconds(when), _text(said)) for when, said in data.get("events", ())]
    if "body" not in data and not events and "events" not in data:
        raise KeyError("it has neither body nor events")
    status = data["status"]
    if not isinstance(status, int) or not 100 <= status <= 599:
        raise ValueError(f"status is {status!r}")
    request = data.get("request")
    return Exchange(
        method=_text(data["method"]),
        path=_text(data["path"]),
        content=_text(data["content"]),
        status=status,
        first_byte_s=_seconds(data.get("first_byte_s", 0.0)),
        duration_s=_seconds(data.get("duration_s", 0.0)),
        request=request if isinstance(request, dict) else None,
        headers={_text(name): _text(each) for name, each in data.get("headers", {}).items()},
        body=_text(data["body"]) if "body" in data else None,
        events=events,
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"expected text, got {value!r}")
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e6:
        raise ValueError(f"expected seconds, got {value!r}")
    return float(value)
