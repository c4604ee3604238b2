from dataclasses import replace

import pytest

from mock_llm.evidence.journal import Entry
from mock_llm.evidence.verdict import judge


def entry(at, *, sequence=0, lasts=0.0, asks="q1", model="m", **about):
    """A request at a moment in seconds; an answered one costs something."""
    usual = {
        "id": "req",
        "endpoint": "/v1/chat/completions",
        "user": None,
        "feature": None,
        "stream": False,
        "status": 200,
        "outcome": "ok",
        "fault": None,
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "cost_nanodollars": 1_000,
        "item": None,
        "matched": False,
        "correct": None,
        "answer": "",
        "finish_reason": "stop",
        "retry_count": None,
        "timeout_s": None,
        "body": b"",
    }
    content = f"/v1/chat/completions {model} {asks}"
    return Entry(
        **usual | about,
        model=model,
        content=content,
        received_s=at,
        duration_s=lasts,
        sequence=sequence,
    )


def failed(at, status=503, **about):
    outcome = "error" if status < 429 else "fault"
    usual = {"status": status, "outcome": outcome, "fault": None, "cost_nanodollars": 0}
    return entry(at, **usual | about)


def verdict(*entries):
    numbered = [
        Entry(**{name: getattr(each, name) for name in Entry.__slots__} | {"sequence": number})
        for number, each in enumerate(entries, 1)
    ]
    return judge(numbered)


def rules(*entries):
    return {finding.rule for finding in verdict(*entries).findings}


def test_a_client_to_whom_nothing_happened_has_no_findings():
    quiet = verdict(entry(0), entry(1, asks="q2"))
    assert quiet.findings == []
    assert "Nothing to say" in str(quiet)


@pytest.mark.parametrize("status", [400, 401, 404, 422])
def test_retrying_a_clients_error_is_found_with_its_requests(status):
    found = verdict(failed(0, status), failed(5, status), entry(6, asks="else"))
    assert found["retried_client_error"].requests == [2]
    assert not found["retried_client_error"].good


def test_asking_another_model_after_a_clients_error_is_no_retry():
    assert rules(failed(0, 404), entry(1, model="other")) == {"fell_back", "recovered"}


def test_coming_back_before_the_wait_is_over_is_told_from_waiting():
    early = verdict(failed(0, 429, retry_after_s=2.0), entry(1.0))
    assert early["ignored_retry_after"].requests == [2]
    assert "honoured_retry_after" not in early
    patient = verdict(failed(0, 429, retry_after_s=2.0), entry(1.98))
    assert patient["honoured_retry_after"].good
    assert "ignored_retry_after" not in patient


def test_the_wait_begins_when_the_error_was_sent():
    slow = failed(0, 429, retry_after_s=2.0, lasts=3.0)
    assert "ignored_retry_after" in rules(slow, entry(4.0))


def test_retrying_at_once_and_in_even_steps_is_no_backoff():
    assert verdict(failed(0), entry(0.05))["retried_without_backoff"].requests == [2]
    even = verdict(failed(0), failed(1), failed(2), entry(3))
    assert even["retried_without_backoff"].requests == [3, 4]
    assert "backed_off" not in even


def test_growing_waits_are_a_backoff():
    found = verdict(failed(0), failed(0.5), failed(1.5), entry(3.5))
    assert found["backed_off"].requests == [2, 3, 4]
    assert found["recovered"].requests == [4]
    assert "retried_without_backoff" not in found


def test_many_attempts_at_one_call_amplify_an_outage():
    attempts = [failed(2.0**number - 1) for number in range(6)]
    found = verdict(*attempts)
    assert found["amplified_outage"].requests == [2, 3, 4, 5, 6]
    assert "6 requests out of 1 call that" in found["amplified_outage"].says


def test_three_attempts_at_a_call_are_what_a_client_may_do():
    assert "amplified_outage" not in rules(failed(0), failed(1), failed(3))


def test_paying_twice_for_the_same_within_a_minute_is_found_and_added_up():
    found = verdict(entry(0), entry(10), entry(200))
    assert found["paid_twice"].requests == [2]
    assert "$0.000001" in found["paid_twice"].says
    assert "paid_twice" not in rules(entry(0, user="ann"), entry(1, user="bob"))


def test_leaving_a_call_that_costs_is_found():
    left = entry(0, outcome="cancelled", status=0)
    assert verdict(left)["paid_for_abandoned"].requests == [1]


@pytest.mark.parametrize("fault", ["stream_cut", "stream_error", "malformed_event", "body_cut"])
def test_what_became_of_a_broken_reply_that_nobody_asks_again_for_is_left_open(fault):
    broken = entry(0, stream=True, outcome="fault", fault=fault)
    found = verdict(broken)["broken_reply_left"]
    assert (found.requests, found.good) == ([1], None)
    assert found.says.endswith("check that the caller was told.")
    assert "broken_reply_left" not in rules(broken, entry(1))
    assert "broken_reply_left" in rules(broken, entry(121))


def test_going_on_from_half_an_answer_is_asking_again():
    broken = entry(
        0, stream=True, outcome="fault", fault="stream_cut", answer='The tent "Félis" is'
    )
    for body in (
        b'{"content":"The tent \\"F\xc3\xa9lis\\" is"}',
        b'{"content": "The tent \\"F\\u00e9lis\\" is"}',
    ):
        assert "broken_reply_left" not in rules(broken, entry(1, asks="q2", body=body))
    assert "broken_reply_left" in rules(broken, entry(1, asks="q2", body=b"{}"))


def test_a_stream_without_its_last_event_lacks_nothing():
    whole = entry(0, stream=True, outcome="fault", fault="no_done")
    assert rules(whole) == set()


def test_who_leaves_a_stalled_stream_has_noticed_it():
    stalled = entry(0, stream=True, outcome="fault", fault="stall", finish_reason=None)
    assert rules(stalled) == {"not_tried_again"}
    paused = entry(0, stream=True, outcome="fault", fault="stall")
    assert rules(paused) == set()


@pytest.mark.parametrize("status", [0, 408, 429, 500, 503])
def test_a_failure_that_was_not_tried_again_is_told_without_a_verdict_on_it(status):
    found = verdict(failed(0, status, outcome="fault"), entry(1, asks="q2"))
    assert found["not_tried_again"].requests == [1]
    assert found["not_tried_again"].says == "1 request failed and was not tried again."
    assert found.open == found.findings
    assert str(found) == "? 1 request failed and was not tried again."


def test_a_call_that_failed_at_every_attempt_got_no_answer():
    found = verdict(failed(0), failed(1), failed(3))
    assert found["never_answered"].requests == [3]
    assert "not_tried_again" not in found


def test_leaving_a_hopeless_request_alone_is_good():
    assert verdict(failed(0, 400))["left_alone"].good
    assert rules(failed(0, 429, error="quota_exhausted")) == {"left_alone"}


def test_requests_that_nobody_could_read_are_told_one_by_one():
    unread = [replace(failed(t), content="") for t in (0, 1)]
    assert verdict(*unread)["not_tried_again"].requests == [1, 2]


def test_every_failure_is_spoken_of():
    for status in (0, 400, 404, 408, 409, 429, 500, 529):
        for count in range(1, 4):
            for retries in (lambda number: None, lambda number: 0, lambda number: number):
                found = verdict(
                    *(
                        failed(30 * n, status, outcome="fault", retry_count=retries(n))
                        for n in range(count)
                    )
                )
                assert found.findings, (status, count)


def three_calls(*moments, first=0, **about):
    return [failed(at, retry_count=first, **about) for at in moments]


def test_new_calls_of_an_sdk_that_counts_its_retries_are_no_retries():
    found = verdict(*three_calls(0, 0.05, 0.1))
    assert "retried_without_backoff" not in found
    again = found["asked_again_without_backoff"]
    assert (again.requests, again.good) == ([2, 3], None)
    assert "x-stainless-retry-count" in again.says
    assert found.bad == []


def test_new_calls_that_wait_longer_and_longer_are_a_backoff_all_the_same():
    found = verdict(*three_calls(0, 0.5, 1.5), entry(3.5, retry_count=0))
    assert found["backed_off"].requests == [2, 3, 4]
    assert found["recovered"].requests == [4]
    assert found.open == []


def test_retries_that_the_sdk_counts_are_retries_whoever_asks_in_between():
    found = verdict(
        failed(0, retry_count=0),
        failed(0.2, retry_count=0),
        failed(0.5, retry_count=1),
        failed(0.7, retry_count=1),
        entry(1.5, retry_count=2),
        entry(1.7, retry_count=2),
    )
    assert sorted(found["backed_off"].requests) == [3, 4, 5, 6]
    assert found["recovered"].requests == [5, 6]
    assert "retried_without_backoff" not in found


def test_a_counted_retry_that_comes_at_once_is_one_without_backoff():
    found = verdict(failed(0, retry_count=0), entry(0.05, retry_count=1))
    assert found["retried_without_backoff"].requests == [2]


def test_a_new_call_before_the_wait_is_over_ignores_it_too():
    first = failed(0, 429, retry_after_s=2.0, retry_count=0)
    assert "ignored_retry_after" in rules(first, entry(1.0, retry_count=0))


def test_a_loop_around_the_sdks_own_retries_multiplies():
    tries = [
        failed(40.0 * loop + wait, retry_count=number)
        for loop in range(3)
        for number, wait in enumerate((0.0, 0.5, 1.5))
    ]
    found = verdict(*tries)["multiplied_retries"]
    assert found.good is None
    assert "9 requests in 3 calls" in found.says


def test_answers_that_were_not_sound_are_no_trouble_of_the_server():
    wrong = entry(0, outcome="fault", fault="wrong_value")
    assert "retried_without_backoff" not in rules(wrong, entry(0.01))


def test_calling_on_without_quota_is_found_from_the_second_call_on():
    refused = [failed(t, 429, error="quota_exhausted", asks=f"q{t}") for t in range(3)]
    assert verdict(*refused)["called_without_quota"].requests == [2, 3]
    assert "called_without_quota" not in rules(refused[0])


def test_the_verdict_reads_as_text_and_as_data():
    found = verdict(failed(0, 400), failed(5, 400))
    assert str(found).startswith("- Sent the same request again once")
    assert found.to_dict()["findings"][0]["requests"] == [2]
    with pytest.raises(KeyError):
        found["backed_off"]
