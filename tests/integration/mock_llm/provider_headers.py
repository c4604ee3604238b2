"""The headers that every reply of a provider has, whatever its status."""

import re
from datetime import datetime

_SPAN = re.compile(r"(\d+h)?(\d+m)?(\d+(\.\d+)?s|\d+ms)")


def assert_openais(reply):
    headers = reply.headers
    assert headers["x-request-id"].startswith("req_")
    assert headers["openai-processing-ms"].isdigit()
    assert headers["openai-version"] == "2020-10-01"
    for what in ("requests", "tokens"):
        assert int(headers[f"x-ratelimit-limit-{what}"]) > 0
        assert int(headers[f"x-ratelimit-remaining-{what}"]) >= 0
        assert _SPAN.fullmatch(headers[f"x-ratelimit-reset-{what}"])
    assert headers["x-mock-limits"] in ("shown", "enforced")
    assert not [name for name in headers if name.startswith("anthropic-")]


def assert_anthropics(reply):
    headers = reply.headers
    assert headers["request-id"].startswith("req_")
    assert len(headers["anthropic-organization-id"]) == 36
    for what in ("requests", "tokens"):
        assert int(headers[f"anthropic-ratelimit-{what}-limit"]) > 0
        assert int(headers[f"anthropic-ratelimit-{what}-remaining"]) >= 0
        datetime.fromisoformat(headers[f"anthropic-ratelimit-{what}-reset"])
    assert headers["x-mock-limits"] in ("shown", "enforced")
    assert not [name for name in headers if name.startswith(("x-ratelimit-", "openai-"))]
