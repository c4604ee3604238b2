"""What a recorded reply says and costs, in any provider's format."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.injected.fault_kinds import MESSAGES
from mock_llm.model import tokens
from mock_llm.model.generation import Choice
from mock_llm.scripted.asked import said
from mock_llm.scripted.recording import Exchange, json_object

Json = Mapping[str, Any]


@dataclass(frozen=True)
class RecordedChoice(Choice):
    """A recorded answer; `parts` are the texts of its chunks, one for each recorded event."""

    parts: tuple[str, ...] = ()

    @property
    def pieces(self) -> tuple[str, ...]:
        return self.parts


@dataclass(frozen=True, slots=True)
class RecordedPace:
    """When the parts of a recorded reply came, in seconds after the request."""

    times: tuple[float, ...]

    @property
    def instant(self) -> bool:
        return self.times[-1] <= 0.0

    def arrivals(self, draw: Draw, tokens: int) -> list[float]:
        """The recorded times; what comes before them, as hidden thoughts do, comes at once."""
        return [*[0.0] * (tokens - len(self.times)), *self.times]


def choice_of(exchange: Exchange, usage: Usage) -> RecordedChoice:
    """The answer as journal and billing see it."""
    if exchange.is_stream:
        data = list(_data(exchange))
        parts = tuple(_delta(each) for each in data)
        ends = [end for each in data if (end := _end(each))]
    else:
        whole = json_object((exchange.body or "").encode()) or {}
        text = _whole_text(whole)
        parts = tuple(tokens.pieces(text)) if text else ()
        ends = [end] if (end := _end(whole)) else []
    return RecordedChoice(
        text="".join(parts),
        tokens=usage.completion,
        finish_reason=ends[-1] if ends else "stop",  # type: ignore[arg-type]  # the provider's word
        parts=parts,
    )


def pace_of(exchange: Exchange, steps: int) -> RecordedPace:
    """When the chunks came. Those of a whole reply are spread evenly over its time."""
    if exchange.is_stream:
        return RecordedPace(tuple(when for when, _ in exchange.events) or (exchange.duration_s,))
    count = max(steps, 1)
    return RecordedPace(tuple(exchange.duration_s * (k + 1) / count for k in range(count)))


def usage_of(exchange: Exchange) -> Usage:
    """What the provider said was used; counted here where it did not say."""
    told: dict[str, Any] = {}
    if exchange.is_stream:
        for data in _data(exchange):
            told |= _told(data)
        text = "".join(_delta(each) for each in _data(exchange))
    else:
        whole = json_object((exchange.body or "").encode()) or {}
        told, text = dict(_told(whole)), _whole_text(whole)
    if "prompt_tokens" in told:
        return _usage(told, "prompt", "completion")
    if "input_tokens" in told:
        if exchange.path.partition("?")[0] == MESSAGES:
            return _anthropic(told)
        return _usage(told, "input", "output")
    prompt = tokens.count(said(orjson.dumps(exchange.request or {})))
    return Usage(prompt, tokens.count(text))


def _told(data: Json) -> Json:
    """The usage in a reply, or in one event; none of its values are null."""
    inner = (
        data.get("usage"),
        _of(data, "response").get("usage"),
        _of(data, "message").get("usage"),
    )
    found = next((each for each in inner if isinstance(each, dict)), {})
    return {key: value for key, value in found.items() if value is not None}


def _usage(told: Json, prompt: str, completion: str) -> Usage:
    sent, made = _count(told, f"{prompt}_tokens"), _count(told, f"{completion}_tokens")
    cached = _count(_of(told, f"{prompt}_tokens_details"), "cached_tokens")
    reasoning = _count(_of(told, f"{completion}_tokens_details"), "reasoning_tokens")
    return Usage(sent, made, cached=min(cached, sent), reasoning=min(reasoning, made))


def _anthropic(told: Json) -> Usage:
    read, written = _count(told, "cache_read_input_tokens"), _of(told, "cache_creation")
    hour = _count(written, "ephemeral_1h_input_tokens")
    all_written = max(hour, _count(told, "cache_creation_input_tokens"))
    made = _count(told, "output_tokens")
    thought = _count(_of(told, "output_tokens_details"), "thinking_tokens")
    return Usage(
        _count(told, "input_tokens") + read + all_written,
        made,
        cached=read,
        cache_write_5m=all_written - hour,
        cache_write_1h=hour,
        reasoning=min(thought, made),
    )


def _data(exchange: Exchange) -> Iterator[Json]:
    """The JSON of each event; empty where an event has none."""
    for _, event in exchange.events:
        lines = [line[5:].strip() for line in event.splitlines() if line.startswith("data:")]
        yield json_object("\n".join(lines).encode()) or {}


def _delta(data: Json) -> str:
    """The text in one event."""
    choice = _first(data, "choices")
    candidates = (
        _of(choice, "delta").get("content"),
        choice.get("text"),
        data.get("delta") if data.get("type") == "response.output_text.delta" else None,
        _of(data, "delta").get("text"),
    )
    return next((each for each in candidates if isinstance(each, str)), "")


def _whole_text(data: Json) -> str:
    choice = _first(data, "choices")
    for text in (_of(choice, "message").get("content"), choice.get("text")):
        if isinstance(text, str):
            return text
    blocks = [*_rows(data, "content")]
    for item in _rows(data, "output"):
        blocks += _rows(item, "content")
    return "".join(each["text"] for each in blocks if isinstance(each.get("text"), str))


def _end(data: Json) -> str | None:
    """Why the answer ended, in the provider's word."""
    inner = _of(data, "response") or data
    candidates = (
        _first(data, "choices").get("finish_reason"),
        data.get("stop_reason"),
        _of(data, "delta").get("stop_reason"),
        {"completed": "stop", "incomplete": "length"}.get(str(inner.get("status"))),
    )
    return next((each for each in candidates if isinstance(each, str)), None)


def _of(data: Json, key: str) -> Json:
    value = data.get(key)
    return value if isinstance(value, dict) else {}


def _rows(data: Json, key: str) -> list[Json]:
    value = data.get(key)
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def _first(data: Json, key: str) -> Json:
    return next(iter(_rows(data, key)), {})


def _count(data: Json, key: str) -> int:
    value = data.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0
