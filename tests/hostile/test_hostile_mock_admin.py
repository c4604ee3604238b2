"""The admin interface, fuzzed from its own description; and what may be set there still leaves a
server that answers."""

import json

import pytest
from hostile_requests import (
    HAIKU,
    HOSTILE,
    LUNA,
    OPENAI,
    Client,
    Raw,
    assert_openai_error,
    assert_sound,
    chat,
    deep,
    no_bugs,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_places import places, replaced

from mock_llm import MockLLM
from mock_llm.behaviour import MOST_FAULTS
from mock_llm.injected.fault_kinds import KINDS
from mock_llm.scripted.rules import MOST_RULES
from mock_llm.wire.bounded_body import MOST_BYTES

TOKEN = "open-sesame"  # noqa: S105  # of a server that ends with its test
ADMIN = OPENAI | {"authorization": "Bearer sk-administered"}
BOUNDED = settings(
    max_examples=350,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
# What the description's examples leave out: every kind of fault, every condition, a whole scenario.
RULE = {
    "name": "a",
    "match": {
        "equals": "x",
        "contains": ["a"],
        "regex": "a(?P<x>b)",
        "model": ["gpt*"],
        "endpoint": "chat/completions",
        "tools": True,
        "times": 3,
        "nth": [1, 2],
    },
    "replies": [
        {"text": "t ${x} ${count} ${request.messages.0.content}", "latency": {"ttft_s": 1}},
        {"json": {"a": 1}},
        {"tool_calls": [{"name": "f", "arguments": {"a": 1}}]},
        {"error": {"status": 429, "message": "x"}},
    ],
    "on_end": "cycle",
}
SCENARIO = {
    "name": "own",
    "latency": {
        "default": {"ttft_median_s": 0.1, "ttft_p99_s": 1, "creep": [{"at_s": 1, "factor": 2}]}
    },
    "faults": [{"kind": "stall", "probability": 0.5, "for_s": 1}],
    "limits": {"requests_per_minute": 3, "neighbours": [{"share": 0.5, "until_s": 1}]},
    "load": {"capacity": 1, "neighbours": [{"share": 0.5, "until_s": 1, "repeat_s": 2}]},
    "time_scale": 0,
    "answers": {"rules": [{"match": {}, "reply": "x"}]},
}
TRIGGERS = {
    "probability": 0.5,
    "first": 3,
    "every": 2,
    "model": LUNA,
    "stream": True,
    "times": 1,
    "user": "u",
    "load": 3,
    "from_s": 1,
    "until_s": 3,
    "repeat_s": 5,
}


def calls(description):
    """(method, path, parameters, body) of all admin calls that an OpenAPI description describes."""
    for path, operations in description["paths"].items():
        if not path.startswith("/_mock/"):
            continue  # what a client calls; other tests send nonsense there
        for method, operation in operations.items():
            given = [each["name"] for each in operation.get("parameters", ())]
            content = operation.get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema", {})
            for body in schema.get("examples", [None]):
                yield method.upper(), path, given, body
    yield "PUT", "/_mock/answers", [], {"rules": [RULE], "otherwise": "error"}
    yield "PUT", "/_mock/scenario", [], SCENARIO
    for kind, about in KINDS.items():
        fault = {"kind": kind, **TRIGGERS, **dict.fromkeys(about.settings, 1)}
        yield "POST", "/_mock/faults", [], fault


@pytest.fixture(scope="module")
def described(mock):
    client = Client(mock.url)
    status, body = client.send("GET", "/_mock/openapi.json", {})
    client.close()
    assert status == 200
    return list(calls(json.loads(body)))


@BOUNDED
@given(data=st.data())
def test_whatever_is_set_the_answer_is_yes_or_no(client, caplog, described, data):
    method, path, parameters, body = data.draw(st.sampled_from(described))
    if body is not None:
        where = data.draw(st.sampled_from(list(places(body))))
        body = replaced(body, where, data.draw(st.sampled_from(HOSTILE)))
    names = [name for name in parameters if name in ("after", "limit")]
    odd = st.sampled_from(["-1", "x", "1e9", "9" * 30, "%00", "NaN", ""])
    asked = "&".join(f"{name}={data.draw(odd)}" for name in names)
    with no_bugs(caplog):
        status, reply = client.send(method, f"{path}?{asked}", ADMIN, body)
    assert status in (200, 201, 422), reply
    if status == 422:
        assert_openai_error(reply)


# Whether these are refused or taken, the server still answers.
ABSURD = [
    *(("PUT", "latency", {"ttft_s": number}) for number in (1e308, 1e-320, Raw("9" * 400))),
    ("PUT", "latency", {"ttft_median_s": 1e-300, "ttft_p99_s": 1e9}),
    ("PUT", "latency", {"per_token_median_s": 1e-9, "per_token_p99_s": 1e-4}),
    ("PUT", "load", {"capacity": 10**30, "slowdown": 1e308}),
    ("PUT", "load", {"capacity": 10**12}),
    ("PUT", "load", {"capacity": 10_000, "queue": 10_000, "slowdown": 1e9, "timeout_s": 0}),
    ("PUT", "limits", {"requests_per_minute": 10**30}),
    ("PUT", "limits", {"requests_per_minute": 10**12, "tokens_per_minute": 10**12}),
    (
        "PUT",
        "limits",
        {
            "requests_per_minute": 10**9,
            "neighbours": [{"share": 0.1, "from_s": 0, "until_s": 1e-9, "repeat_s": 1e-9}],
        },
    ),
    ("PUT", "budgets", [{"dollars": 1e9}]),
    ("PUT", "budgets", [{"dollars": 1e300}]),
    *(("POST", "faults", {"kind": "long_reasoning", "factor": each}) for each in (999, 1e18)),
    *(("POST", "clock/advance", {"seconds": each}) for each in (1e9, 1e9, 1e308, Raw("NaN"))),
]


@pytest.mark.parametrize(("method", "path", "body"), ABSURD)
def test_absurd_numbers_break_no_request(mock, client, caplog, method, path, body):
    client.send("POST", "/_mock/reset", ADMIN)
    with no_bugs(caplog):
        status, reply = client.send(method, f"/_mock/{path}", ADMIN, body)
        assert status in (200, 201, 422), reply
        lab = mock.lab("sk-administered")
        lab.set_latency(ttft_s=0) if path != "latency" else lab.set_time_scale(0)
        for path, model in (("/v1/chat/completions", LUNA), ("/v1/messages", HAIKU)):
            own = {"x-api-key": "sk-administered", "anthropic-version": "2023-06-01"}
            headers = ADMIN | own if model == HAIKU else ADMIN
            sent = chat(model=model, max_tokens=2_000)
            status, reply = client.send("POST", path, headers, sent)
            assert status in (200, 429, 503, 529), reply
    for path in ("journal", "ledger", "verdict", "clock", "budgets", "limits"):
        assert client.send("GET", f"/_mock/{path}", ADMIN)[0] == 200
    client.send("POST", "/_mock/reset", ADMIN)


def test_what_would_lead_out_of_the_calendar_or_beyond_counting_is_refused(client):
    client.send("POST", "/_mock/reset", ADMIN)
    pace = {"per_token_median_s": 1e-290, "per_token_p99_s": 1e9}
    step = {"seconds": 6e8}
    for method, path, body, expected in (
        ("PUT", "latency", pace, 422),
        ("POST", "clock/advance", step, 200),
        ("POST", "clock/advance", step, 422),
        ("PUT", "load", {"capacity": 10_001}, 422),
        ("PUT", "limits", {"tokens_per_minute": 10**12 + 1}, 422),
    ):
        status, reply = client.send(method, f"/_mock/{path}", ADMIN, body)
        assert status == expected, reply
    client.send("POST", "/_mock/reset", ADMIN)


def test_bodies_that_are_too_large_too_deep_or_none_are_refused(client, caplog):
    with no_bugs(caplog):
        status, body = client.send("PUT", "/_mock/answers", ADMIN, deep(100_000))
        assert status == 422
        assert_openai_error(body)
        status, body = client.send("PUT", "/_mock/answers", ADMIN, b'{"rules": "\xff\xfe"}')
        assert status == 422
        assert_openai_error(body)
        status, body = client.send("PUT", "/_mock/answers", ADMIN, b" " * (MOST_BYTES + 1))
        assert status == 413
        assert_openai_error(body)


def test_a_lab_has_so_many_faults_and_rules_and_no_more(mock, client):
    lab = mock.lab("sk-administered")
    lab.clear_faults()
    for _ in range(MOST_FAULTS):
        lab.add_fault("empty", probability=0)
    status, body = client.send("POST", "/_mock/faults", ADMIN, {"kind": "empty"})
    assert status == 422
    assert "at most 1,000" in body.decode()
    rules = [{"match": {}, "reply": "x"}] * (MOST_RULES + 1)
    assert client.send("PUT", "/_mock/answers", ADMIN, {"rules": rules})[0] == 422
    lab.reset()


def test_afterwards_everybody_is_answered(client):
    assert_sound(client)


def test_with_a_token_nobody_else_sets_or_reads_anything(caplog):
    with MockLLM(scenario="instant", admin_token=TOKEN) as guarded:
        client = Client(guarded.url)
        client.send("POST", "/v1/chat/completions", OPENAI, chat())
        for method, path, _, body in calls(
            json.loads(client.send("GET", "/_mock/openapi.json", {"x-admin-token": TOKEN})[1])
        ):
            if path == "/_mock/health":
                continue
            for token in ({}, {"x-admin-token": "wrong"}, {"x-admin-token": "\xff"}):
                headers = OPENAI | {k: v.encode("latin-1") for k, v in token.items()}
                status, reply = client.send(method, path, headers, body or {})
                assert status == 401, (method, path, reply)
        client.close()
