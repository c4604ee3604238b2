"""The names that OpenTelemetry's conventions for generative AI give to things.

Source: github.com/open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md, read on
2026-11-23. Their status is Development: they move, and when they do, they move here.
"""

from mock_llm.injected import fault_kinds

REQUEST_DURATION = "gen_ai.server.request.duration"
TIME_TO_FIRST_TOKEN = "gen_ai.server.time_to_first_token"  # noqa: S105  # no secret

OPERATION = "gen_ai.operation.name"
REQUEST_MODEL = "gen_ai.request.model"
TOKEN_TYPE = "gen_ai.token.type"  # noqa: S105
ERROR_TYPE = "error.type"

INPUT, OUTPUT = "input", "output"

_OPERATIONS = {
    fault_kinds.CHAT: "chat",
    fault_kinds.COMPLETIONS: "text_completion",
    fault_kinds.EMBEDDINGS: "embeddings",
    fault_kinds.MESSAGES: "chat",
    "/v1/responses": "chat",
}


def operation(endpoint: str) -> str | None:
    """The operation that an endpoint performs; None if it runs no model."""
    return _OPERATIONS.get(endpoint)


def prometheus(name: str, unit: str = "") -> str:
    """A name as Prometheus has it: gen_ai.server.request.duration in "seconds" becomes
    gen_ai_server_request_duration_seconds."""
    plain = name.replace(".", "_")
    return f"{plain}_{unit}" if unit else plain
