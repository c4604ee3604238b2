from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Lock

import pytest

from mock_llm.injected.fault_kinds import KINDS
from mock_llm.injected.fault_scope import Target
from mock_llm.injected.faults import Faults, make_fault, parse_fault
from mock_llm.yamlfile import SettingError, Table

CHAT = Target("/v1/chat/completions", "gpt-4", False, False, "question", 1)


def struck(faults, targets, seed=0):
    return [fault.kind if (fault := faults.strike(seed, each)) else None for each in targets]


def times(n):
    return [replace(CHAT, occurrence=number) for number in range(1, n + 1)]


def test_a_fault_without_triggers_always_strikes():
    assert struck(Faults([make_fault("hang", {})]), times(3)) == ["hang"] * 3


def test_first_strikes_the_first_n_requests_in_scope():
    faults = Faults([make_fault("hang", {"first": 2, "model": "gpt-4"})])
    other = replace(CHAT, model="gpt-6-luna")
    assert struck(faults, [other, CHAT, other, CHAT, CHAT]) == [None, "hang", None, "hang", None]


def test_every_strikes_each_nth_request_in_scope():
    faults = Faults([make_fault("hang", {"every": 3})])
    assert struck(faults, times(7)) == [None, None, "hang", None, None, "hang", None]


def test_the_first_fault_that_strikes_takes_the_request_and_later_ones_do_not_count_it():
    faults = Faults([make_fault("rate_limited", {"first": 2}), make_fault("hang", {"first": 1})])
    assert struck(faults, times(4)) == ["rate_limited", "rate_limited", "hang", None]


def test_all_triggers_that_are_given_must_hold():
    faults = Faults([make_fault("hang", {"first": 4, "every": 2})])
    assert struck(faults, times(6)) == [None, "hang", None, "hang", None, None]


def test_a_probability_is_met_over_many_requests():
    faults = Faults([make_fault("hang", {"probability": 0.3})])
    outcomes = struck(faults, [replace(CHAT, content=str(i)) for i in range(3000)])
    assert outcomes.count("hang") / 3000 == pytest.approx(0.3, abs=0.03)


def test_probabilities_of_zero_and_one_are_never_and_always():
    assert set(struck(Faults([make_fault("hang", {"probability": 0})]), times(50))) == {None}
    assert set(struck(Faults([make_fault("hang", {"probability": 1})]), times(50))) == {"hang"}


def test_chance_does_not_depend_on_the_order_or_the_thread_in_which_requests_come():
    targets = [replace(CHAT, content=str(i)) for i in range(200)]
    rules = [make_fault("hang", {"probability": 0.4}), make_fault("reset", {"probability": 0.4})]
    in_order = dict(zip(targets, struck(Faults(rules), targets), strict=True))
    faults, lock, found = Faults(rules), Lock(), {}

    def ask(target):
        with lock:
            found[target] = struck(faults, [target])[0]

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, reversed(targets)))
    assert found == in_order


def test_a_retry_is_drawn_anew_and_another_seed_draws_differently():
    rules = [make_fault("hang", {"probability": 0.5})]
    first = struck(Faults(rules), times(64))
    assert {"hang", None} == set(first)
    assert struck(Faults(rules), times(64), seed=1) != first
    assert struck(Faults(rules), times(64)) == first


@pytest.mark.parametrize(
    ("scope", "target", "hit"),
    [
        ({"stream": True}, CHAT, False),
        ({"stream": True}, replace(CHAT, stream=True), True),
        ({"stream": False}, replace(CHAT, stream=True), False),
        ({"endpoint": "embeddings"}, CHAT, False),
        ({"endpoint": "chat.completions"}, CHAT, True),
        ({"endpoint": "/v1/chat/completions"}, CHAT, True),
        ({"model": "gpt-6-luna"}, CHAT, False),
    ],
)
def test_a_fault_stays_in_its_scope(scope, target, hit):
    assert bool(Faults([make_fault("server_error", scope)]).strike(0, target)) is hit


def test_a_fault_strikes_only_where_it_makes_sense():
    assert struck(Faults([make_fault("stream_cut", {})]), [CHAT]) == [None]
    assert struck(Faults([make_fault("wrong_format", {})]), [CHAT]) == [None]
    asks_json = replace(CHAT, wants_json=True)
    assert struck(Faults([make_fault("wrong_format", {})]), [asks_json]) == ["wrong_format"]
    embeds = replace(CHAT, endpoint="/v1/embeddings")
    assert struck(Faults([make_fault("empty", {})]), [embeds]) == [None]


def test_the_list_of_models_fails_only_when_it_is_named():
    listing = replace(CHAT, endpoint="/v1/models", model="")
    assert struck(Faults([make_fault("unavailable", {})]), [listing]) == [None]
    named = Faults([make_fault("unavailable", {"endpoint": "models"})])
    assert struck(named, [listing]) == ["unavailable"]


@pytest.mark.parametrize("under", ["", "/{id}", "/{id}/cancel"])
@pytest.mark.parametrize("endpoint", ["batches", "files", "responses", "chat/completions"])
def test_an_endpoint_is_named_with_what_lies_under_it(endpoint, under):
    polled = replace(CHAT, endpoint=f"/v1/{endpoint}{under}", model="")
    assert struck(Faults([make_fault("reset", {"endpoint": endpoint})]), [polled]) == ["reset"]
    assert struck(Faults([make_fault("reset", {"endpoint": "models"})]), [polled]) == [None]


def test_an_endpoint_with_a_name_of_its_own_lies_under_no_other():
    counting = replace(CHAT, endpoint="/v1/messages/count_tokens")
    assert struck(Faults([make_fault("reset", {"endpoint": "messages"})]), [counting]) == [None]
    likeness = replace(CHAT, endpoint="/v1/filesystem")
    assert struck(Faults([make_fault("reset", {"endpoint": "files"})]), [likeness]) == [None]


def test_what_spoils_an_answer_strikes_where_there_is_one():
    faults = Faults([make_fault("truncated", {"endpoint": "responses", "first": 1})])
    polled = replace(CHAT, endpoint="/v1/responses/{id}")
    made = replace(CHAT, endpoint="/v1/responses")
    assert struck(faults, [polled, made]) == [None, "truncated"]


def test_every_kind_can_be_made_and_says_what_it_does():
    for kind, about in KINDS.items():
        fault = make_fault(kind, {})
        assert about.says
        assert {name: fault.setting(name) for name in about.settings} == about.settings


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        ("hangs", {}, "kind: 'hangs' is none of rate_limited"),
        ("hang", {"probability": 2}, "probability: must be between 0 and 1, got 2"),
        ("hang", {"probability": "often"}, "probability: expected a number"),
        ("hang", {"first": 1.5}, "first: expected a whole number"),
        ("hang", {"every": 0}, "every: must be at least 1"),
        ("hang", {"stream": "yes"}, "stream: expected true or false"),
        ("hang", {"endpoint": "images"}, "endpoint: 'images' is none of /v1/chat/completions"),
        ("empty", {"endpoint": "embeddings"}, "endpoint: /v1/embeddings cannot fail this way"),
        ("hang", {"retry_after_s": 1}, "retry_after_s: is not a setting; known here: .*for_s"),
        (
            "hang",
            {"firts": 1},
            r"firts: .*; known here: .*\bfirst,.* \(did you mean 'first'\?\)$",
        ),
        ("hnag", {}, r"kind: 'hnag' is none of .* \(did you mean 'hang'\?\)$"),
        ("stream_cut", {"fraction": 1.5}, "fraction: must be between 0 and 1"),
    ],
)
def test_a_mistake_in_a_fault_is_named(kind, values, complaint):
    with pytest.raises(SettingError, match=f"fault {kind}: {complaint}"):
        make_fault(kind, values)


def test_times_counts_down_until_the_fault_is_spent():
    faults = Faults([make_fault("hang", {"times": 2, "every": 2}), make_fault("reset", {})])
    assert struck(faults, times(3)) == ["reset", "hang", "reset"]
    assert [fault.times for fault in faults.list()] == [1, None]
    assert struck(faults, times(3)) == ["hang", "reset", "reset"]
    assert [fault.times for fault in faults.list()] == [0, None]


def test_a_window_counts_from_when_the_fault_came_into_force():
    faults = Faults([make_fault("hang", {"from_s": 10, "until_s": 20})], now=100.0)
    faults.add(make_fault("reset", {"until_s": 5}), now=200.0)

    def at(now):
        return fault.kind if (fault := faults.strike(0, CHAT, now)) else None

    assert [at(now) for now in (100, 109.9, 110, 119.9, 120)] == [None, None, "hang", "hang", None]
    assert [at(now) for now in (204, 205)] == ["reset", None]


def test_first_counts_only_requests_in_the_window():
    faults = Faults([make_fault("hang", {"from_s": 10, "first": 1})])
    assert [bool(faults.strike(0, CHAT, now)) for now in (0, 10, 11)] == [False, True, False]


@pytest.mark.parametrize(
    ("scope", "target", "hit"),
    [
        ({"user": "ann"}, replace(CHAT, user="ann"), True),
        ({"user": "ann"}, replace(CHAT, user="bob"), False),
        ({"user": "ann"}, CHAT, False),
        ({"load": 3}, replace(CHAT, load=3), True),
        ({"load": 3}, replace(CHAT, load=2), False),
        ({"text": "Zelt"}, replace(CHAT, body=b'{"prompt": ["ein zelt"]}'), True),
        ({"text": "zelt"}, replace(CHAT, body=b'{"model": "zelt"}'), False),
        ({"text": "\u00fcber"}, replace(CHAT, body=b'{"input": "\\u00dcBER"}'), True),
        (
            {"text": "tent"},
            replace(CHAT, body=b'{"messages": [{"content": [{"text": "a tent"}]}]}'),
            True,
        ),
        ({"text": "tent"}, replace(CHAT, body=b"tent"), False),
    ],
)
def test_a_fault_may_be_meant_for_a_user_a_text_or_a_load(scope, target, hit):
    assert bool(Faults([make_fault("server_error", scope)]).strike(0, target)) is hit


def test_bodies_are_spoiled_only_where_a_reply_is_one_body():
    faults = [make_fault("body_cut", {})]
    assert Faults(faults).strike(0, CHAT)
    assert not Faults(faults).strike(0, replace(CHAT, stream=True))


@pytest.mark.parametrize(
    "values",
    [
        {"probability": 0.5, "first": 3, "every": 2, "times": 4},
        {"user": "ann", "text": "tent", "load": 5},
        {"from_s": 1.0, "until_s": 2.0, "repeat_s": 3.0},
        {"model": "gpt-4", "endpoint": "/v1/embeddings", "after_s": 2.0},
    ],
)
def test_a_fault_survives_being_written_down(values):
    fault = make_fault("server_error", values)
    assert fault.to_dict() == {"kind": "server_error", **values}
    assert parse_fault(Table(fault.to_dict(), "again")) == fault


@pytest.mark.parametrize(
    ("kind", "values", "complaint"),
    [
        ("hang", {"times": -1}, "times: must be at least 0"),
        ("hang", {"load": 0}, "load: must be at least 1"),
        ("hang", {"user": 5}, "user: expected text"),
        ("hang", {"from_s": 5, "until_s": 4}, "until_s: must be later than from_s"),
        ("trickle", {"bytes_each": 0}, "bytes_each: must be at least 1"),
        ("long_reasoning", {"factor": 0.5}, "factor: must be at least 1"),
        ("hang", {"for_s": float("inf")}, "for_s: must be 0 or more"),
    ],
)
def test_a_mistake_in_a_newer_trigger_or_setting_is_named(kind, values, complaint):
    with pytest.raises(SettingError, match=f"fault {kind}: {complaint}"):
        make_fault(kind, values)
