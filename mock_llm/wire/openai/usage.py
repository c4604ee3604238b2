"""Token usage and server-sent events in OpenAI's format."""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_llm.evidence.prices import Usage

DONE = b"data: [DONE]\n\n"


def usage(used: Usage) -> dict[str, Any]:
    """The `usage` object of a reply."""
    return {
        "prompt_tokens": used.prompt,
        "completion_tokens": used.completion,
        "total_tokens": used.prompt + used.completion,
        "prompt_tokens_details": {"cached_tokens": used.cached, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": used.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def event(data: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + orjson.dumps(data) + b"\n\n"
