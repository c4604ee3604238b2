"""One value anywhere in a sound request is replaced by a hostile one: the reply is sound, or the
provider's own error."""

import json

import pytest
from hostile_requests import (
    ANTHROPIC,
    HOSTILE,
    OPENAI,
    TO_ANTHROPIC,
    TO_OPENAI,
    assert_anthropic_error,
    assert_openai_error,
    assert_sound,
    no_bugs,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from json_places import places, replaced

BOUNDED = settings(
    max_examples=300,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@st.composite
def spoiled(draw, sound):
    """A path and a body in which one or two values were replaced."""
    path, body = draw(st.sampled_from(sound))
    for _ in range(draw(st.integers(1, 2))):
        where = draw(st.sampled_from(list(places(body))))
        body = replaced(body, where, draw(st.sampled_from(HOSTILE)))
    return path, body


@BOUNDED
@given(sent=spoiled(TO_OPENAI))
def test_openais_side_answers_or_refuses_whatever_a_value_is(client, caplog, sent):
    with no_bugs(caplog):
        status, body = client.send("POST", sent[0], OPENAI, sent[1])
    assert status in (200, 400, 404), body
    if status != 200:
        assert_openai_error(body)


@BOUNDED
@given(sent=spoiled(TO_ANTHROPIC))
def test_anthropics_side_answers_or_refuses_whatever_a_value_is(client, caplog, sent):
    with no_bugs(caplog):
        status, body = client.send("POST", sent[0], ANTHROPIC, sent[1])
    assert status in (200, 400, 404), body
    if status != 200:
        assert_anthropic_error(body)


@pytest.mark.parametrize(("path", "body"), TO_OPENAI)
def test_the_requests_to_openais_side_were_sound_before(client, path, body):
    status, reply = client.send("POST", path, OPENAI, body)
    assert status == (404 if "file-x" in str(body) or path.endswith("/x") else 200), reply


@pytest.mark.parametrize(("path", "body"), TO_ANTHROPIC)
def test_the_requests_to_anthropics_side_were_sound_before(client, path, body):
    assert client.send("POST", path, ANTHROPIC, body)[0] == 200


def test_afterwards_everybody_is_answered_and_everything_can_be_read(client, mock):
    assert_sound(client)
    for path in ("journal", "ledger", "verdict", "lab"):
        status, body = client.send("GET", f"/_mock/{path}", OPENAI)
        assert status == 200, body
    entries = json.loads(client.send("GET", "/_mock/journal", OPENAI)[1])["entries"]
    assert not [entry for entry in entries if entry["status"] >= 500]
