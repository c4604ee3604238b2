"""Whatever clients send, and however often: what the server keeps is bounded."""

import json

import pytest
from hostile_requests import (
    ANTHROPIC,
    LUNA,
    OPENAI,
    Client,
    assert_anthropic_error,
    assert_openai_error,
    chat,
    message,
    response,
)

from mock_llm import MockLLM
from mock_llm.evidence.journal import Room
from mock_llm.evidence.tally import MOST_KEYS
from mock_llm.labs import LONGEST_KEY, Labs
from mock_llm.model.prompt_cache import PromptCache
from mock_llm.store import Store
from mock_llm.wire.openai import express
from mock_llm.wire.openai.request import LONGEST_NAME


@pytest.fixture
def lab(mock):
    return mock.lab("sk-hostile")


def test_stores_that_share_a_room_keep_no_more_than_it_holds():
    room = Room(10_000)
    stores = [Store(room=room) for _ in range(5)]
    for number in range(1_000):
        stores[number % 5].keep(f"id-{number}", "x", 100)
    assert room.used == sum(store.size for store in stores) <= 10_000 + 5 * 100


def test_the_store_with_the_most_in_it_makes_room_and_no_other():
    room = Room(10_000)
    small, large = Store(room=room), Store(room=room)
    small.keep("mine", "x", 1_000)
    for number in range(1_000):
        large.keep(f"id-{number}", "x", 100)
    assert small.get("mine") == "x"
    assert large.size <= 9_000
    large.clear()
    assert (room.used, room.journals) == (1_000, 1)


def test_a_reset_lab_gives_its_room_back(mock, client):
    for _ in range(3):
        client.send("POST", "/v1/chat/completions", OPENAI, chat(store=True))
        client.send("POST", "/v1/responses", OPENAI, response())
    room = mock.lab("sk-hostile").kept.room
    assert room.used > 0
    assert client.send("POST", "/_mock/reset", OPENAI)[0] == 200
    assert room.used == 0


def test_all_labs_of_a_server_share_one_room(mock):
    assert mock.lab("sk-one").kept.room is mock.lab("sk-two").kept.room


def test_a_chain_of_responses_counts_its_past_and_makes_room(mock, client, lab, monkeypatch):
    monkeypatch.setattr(lab.kept.responses, "_most_bytes", 50_000)
    before = {}
    for _ in range(60):
        body = response(input="Tell me of tents. " * 20, **before)
        status, reply = client.send("POST", "/v1/responses", OPENAI, body)
        assert status == 200, reply
        before = {"previous_response_id": json.loads(reply)["id"]}
    assert lab.kept.responses.size <= 50_000
    lab.reset()


def test_names_in_the_ledger_are_short(client):
    name = "u" * (LONGEST_NAME + 1)
    for path, body in (
        ("/v1/chat/completions", chat(user=name)),
        ("/v1/chat/completions", chat(user="u", safety_identifier=name)),
        ("/v1/responses", response(safety_identifier=name)),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "x", "user": name}),
    ):
        status, reply = client.send("POST", path, OPENAI, body)
        assert status == 400
        assert_openai_error(reply)
        assert json.loads(reply)["error"]["code"] == "string_above_max_length"
    status, reply = client.send(
        "POST", "/v1/messages", ANTHROPIC, message(metadata={"user_id": name})
    )
    assert status == 400
    assert_anthropic_error(reply)


def test_a_feature_is_cut_to_the_length_that_the_ledger_keeps(mock, client):
    own = OPENAI | {"authorization": "Bearer sk-features", "x-feature": "f" * 5_000}
    for body in (chat(), chat(n=2)):  # the short way and the long
        for _ in range(2):
            assert client.send("POST", "/v1/chat/completions", own, body)[0] == 200
    lines = mock.lab("sk-features").ledger().lines
    assert {line.feature for line in lines} == {"f" * LONGEST_NAME}


def test_any_number_of_users_and_features_leaves_bounded_accounts():
    with MockLLM(scenario="instant") as server:
        client, lab = Client(server.url), server.lab("sk-many")
        own = OPENAI | {"authorization": "Bearer sk-many"}
        for number in range(1_200):
            sent = chat(user=f"u{number}", metadata={"feature": f"f{number}"})
            client.send("POST", "/v1/chat/completions", own, sent)
        for number in range(MOST_KEYS + 200):
            client.send("GET", f"/v1/unknown/{number}", own)
        assert len(lab.records.tally().accounts) <= MOST_KEYS + 20
        metrics = client.send("GET", "/metrics", own)[1].decode()
        assert "u1199" not in metrics
        assert "f1199" not in metrics
        client.close()


def test_requests_that_were_read_are_remembered_for_all_labs_together(monkeypatch):
    monkeypatch.setattr(express, "MOST_READS", 20)
    with MockLLM(scenario="instant") as server:
        client = Client(server.url)
        for number in range(30):
            own = OPENAI | {"authorization": f"Bearer sk-{number % 3}"}
            for _ in range(2):
                sent = chat(messages=[{"role": "user", "content": f"Tent {number}?"}])
                assert client.send("POST", "/v1/chat/completions", own, sent)[0] == 200
        kept = [len(server.lab(f"sk-{number}").requests_read) for number in range(3)]
        client.close()
    assert 0 < sum(kept) <= 20


def test_keys_are_so_many_and_no_longer_than_that(mock, client):
    own = OPENAI | {"authorization": "Bearer " + "k" * (LONGEST_KEY + 1)}
    assert client.send("POST", "/v1/chat/completions", own, chat())[0] == 401
    padded = OPENAI | {"authorization": "Bearer" + " " * 5_000 + "sk-padded"}
    assert client.send("POST", "/v1/chat/completions", padded, chat())[0] == 200
    longest = max(map(len, mock.app.labs._by_header), default=0)
    assert longest <= LONGEST_KEY + len("Bearer ")


def test_one_key_too_many_is_refused_in_each_providers_words(mock, client, monkeypatch):
    monkeypatch.setattr(mock.app.labs, "_most", len(mock.app.labs))
    status, reply = client.send(
        "POST", "/v1/chat/completions", OPENAI | {"authorization": "Bearer sk-late"}, chat()
    )
    assert status == 403
    assert_openai_error(reply)
    status, reply = client.send(
        "POST", "/v1/messages", ANTHROPIC | {"x-api-key": "sk-late"}, message()
    )
    assert status == 403
    assert_anthropic_error(reply)


def test_open_requests_of_a_lab_are_so_many(mock, client, lab, monkeypatch):
    monkeypatch.setattr(lab, "_underway", 5_000)
    lab.set_latency(ttft_s=0.01)  # the long way, where requests wait
    status, reply = client.send("POST", "/v1/chat/completions", OPENAI, chat())
    assert status == 429
    assert_openai_error(reply)
    lab.reset()


def test_contents_prompts_and_bodies_are_forgotten_in_the_end(monkeypatch, lab):
    cache = PromptCache(remembered=50)
    for number in range(20):
        cache.use(LUNA, f"{number} " * 2_000)
    assert len(cache._seen) == 50
    monkeypatch.setattr("mock_llm.lab.REMEMBERED_CONTENTS", 100)
    for number in range(500):
        lab.count(f"content {number}")
    assert len(lab._seen) <= 101


def test_a_server_has_no_more_labs_than_it_may(mock):
    labs = Labs(mock.app.labs._make, most=5)
    for number in range(5):
        labs.open(f"sk-{number}")
    with pytest.raises(Exception, match="holds 5 labs already"):
        labs.open("sk-5")
    assert len(labs) == 5
