"""Token usage in Anthropic's format: what was read anew, from the cache and into it."""

from typing import Any

from mock_llm.evidence.prices import Usage


def usage(used: Usage, output: int | None = None, tier: str = "standard") -> dict[str, Any]:
    """The `usage` object of a message.

    Args:
        output: the completion's tokens so far, where a stream begins.
        tier: how urgently it was served: "standard" or "batch".
    """
    written = used.cache_write_5m + used.cache_write_1h
    return {
        "input_tokens": used.prompt - used.cached - written,
        "cache_creation_input_tokens": written,
        "cache_read_input_tokens": used.cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": used.cache_write_5m,
            "ephemeral_1h_input_tokens": used.cache_write_1h,
        },
        "output_tokens": used.completion if output is None else output,
        "output_tokens_details": {"thinking_tokens": used.reasoning if output is None else 0},
        "server_tool_use": None,
        "service_tier": tier,
        "inference_geo": "global",
    }


def final_usage(used: Usage) -> dict[str, Any]:
    """The `usage` object of a stream's last event but one."""
    whole = usage(used)
    names = (
        "input_tokens",
        "cache_creation_input_tokens",
        "cache_read_input_tokens",
        "output_tokens",
        "output_tokens_details",
        "server_tool_use",
    )
    return {name: whole[name] for name in names}
