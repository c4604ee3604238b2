"""Every kind of fault at every endpoint that it can strike: injected as meant, never by a crash."""

import httpx2
import pytest
from provider_headers import assert_anthropics, assert_openais

from mock_llm.injected.fault_kinds import CHAT, COMPLETIONS, EMBEDDINGS, KINDS, MESSAGES, RESPONSES

QUESTION = "Which laptop under $900 would you recommend for a student?"
HI = [{"role": "user", "content": QUESTION}]
BODIES = {
    CHAT: {"model": "gpt-6-luna", "messages": HI},
    COMPLETIONS: {"model": "gpt-3.5-turbo-instruct", "prompt": QUESTION},
    RESPONSES: {"model": "gpt-6-luna", "input": QUESTION},
    MESSAGES: {"model": "claude-haiku-5-5", "max_tokens": 100, "messages": HI},
    EMBEDDINGS: {"model": "text-embedding-3-small", "input": QUESTION},
}
QUICK = {"trickle": {"every_s": 0.001}, "hang": {"for_s": 0.01}, "stall": {"for_s": 0.01}}
CASES = [
    (endpoint, kind, stream)
    for endpoint in BODIES
    for kind, about in KINDS.items()
    for stream in (False, True)
    if endpoint in about.endpoints
    and about.asks not in ("json", "whole" if stream else "stream")
    and not (stream and endpoint == EMBEDDINGS)
]


@pytest.mark.parametrize(("endpoint", "kind", "stream"), CASES)
def test_a_fault_strikes_as_it_is_meant_to(mock, lab, endpoint, kind, stream):
    about = KINDS[kind]
    assert_providers = assert_anthropics if endpoint == MESSAGES else assert_openais
    lab.add_fault(kind, times=1, **QUICK.get(kind, {}))
    headers = {
        "Authorization": f"Bearer {lab.api_key}",
        "x-api-key": lab.api_key,
        "anthropic-version": "2023-06-01",
    }
    body = BODIES[endpoint] | ({"stream": True} if stream else {})
    with httpx2.Client(base_url=mock.url, headers=headers, trust_env=False, timeout=10) as plain:
        try:
            reply = plain.post(endpoint, json=body)
        except httpx2.TransportError:
            assert kind in ("hang", "reset", "body_cut")
        else:
            assert "mock_llm has a bug" not in reply.text
            assert (reply.status_code >= 400) is (about.before_model)
            assert_providers(reply)
        after = plain.post(endpoint, json=BODIES[endpoint])
        assert after.status_code == 200
        assert_providers(after)
    assert lab.wait_until_idle()
    struck, sound = lab.journal()
    assert (struck.outcome, struck.fault) == ("fault", kind)
    assert (struck.cost_nanodollars == 0) is about.before_model
    assert sound.outcome == "ok"
