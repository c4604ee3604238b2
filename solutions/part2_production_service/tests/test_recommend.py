"""Task `recommend`: one deadline for the whole request, a fallback inside it, honest statuses."""

import time

import pytest

from workshop.grading import checks

LARGE, SMALL = "gpt-6.1-sol", "gpt-6-luna"


def question(seed, n=0):
    return f"Recommend products for: a monitor under ${150 + (seed * 13 + n) % 200}"


def post(http, url, text, **more):
    return http.post(f"{url}/recommend", json={"user_id": "ada", "query": text, **more})


@checks("recommend.answer")
def test_a_question_gets_the_models_answer(worker, lab, model_env, http, seed):
    with worker.start(env=model_env) as w:
        reply = post(http, w.serve("stage.http:recommend"), question(seed))
    assert reply.status_code == 200, f"a plain question got {reply.status_code}: {reply.text[:200]}"
    (entry,) = lab.journal()
    body = reply.json()
    assert body["recommendation"] == entry.answer, "the recommendation is not what the model said"
    assert (body["cached"], body["degraded"]) == (False, False), (
        f"a fresh answer of the large model, and the response says cached={body['cached']}, "
        f"degraded={body['degraded']}"
    )
    assert body["model_used"] == LARGE, f"model_used should be {LARGE}, it is {body['model_used']}"
    assert entry.user == "ada", "the user_id of the request did not reach the question"


@checks("recommend.answer")
def test_the_length_asked_for_reaches_the_model(worker, lab, model_env, http, seed):
    short, default = 10 + seed % 20, 60 + seed % 90
    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:recommend", max_tokens=default)
        post(http, url, question(seed, 1), max_response_length=short)
        post(http, url, question(seed, 2))
    sent = [entry.request.get("max_completion_tokens") for entry in lab.journal()]
    assert sent == [short, default], (
        f"max_response_length={short} and then none (the settings say {default}) should reach the "
        f"model as {short} and {default} tokens, they were {sent}"
    )


@checks("recommend.answer")
def test_latency_is_measured_in_milliseconds(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=0.3, ttft_p99_s=0.3)
    with worker.start(env=model_env) as w:
        reported = post(http, w.serve("stage.http:recommend"), question(seed, 3)).json()
    assert 250 <= reported["latency_ms"] < 5000, (
        f"the model took 300 ms and latency_ms is {reported['latency_ms']:.1f}"
    )


@checks("recommend.deadline")
def test_two_slow_models_do_not_take_two_deadlines(worker, lab, model_env, http, seed):
    lab.add_fault("hang")
    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:recommend", seconds=1.0)
        started = time.monotonic()
        reply = post(http, url, question(seed, 4))
        took = time.monotonic() - started
    assert reply.status_code == 504, (
        f"both models hang: expected 504 after 1 s, got {reply.status_code}"
    )
    assert took < 1.9, (
        f"the request had 1 s, and with both models hanging it took {took:.1f} s: "
        "the fallback must live on what is left of the same deadline"
    )
    lab.wait_until_idle(3)
    asked = [entry.model for entry in lab.journal()]
    assert asked[:1] == [LARGE], f"the large model is asked first: you asked {asked}"
    assert took > 0.7, f"the request had 1 s, and both models were given up after {took:.1f} s"


@checks("recommend.fallback")
def test_a_hanging_large_model_leaves_time_for_the_small_one(worker, lab, model_env, http, seed):
    lab.add_fault("hang", model=LARGE)
    with worker.start(env=model_env) as w:
        reply = post(http, w.serve("stage.http:recommend", seconds=1.5), question(seed, 5))
    assert reply.status_code == 200, (
        f"the large model hangs, the small one would answer: got {reply.status_code}"
    )
    body = reply.json()
    assert (body["model_used"], body["degraded"]) == (SMALL, True), (
        f"expected the answer of {SMALL} marked degraded, got model_used={body['model_used']}, "
        f"degraded={body['degraded']}"
    )
    says_what_the_small_model_said(reply, lab)


def says_what_the_small_model_said(reply, lab):
    said = [entry.answer for entry in lab.journal() if entry.model == SMALL]
    assert said == [reply.json()["recommendation"]], (
        f"{SMALL} said {said}, the customer got {reply.json()['recommendation']!r}"
    )


@checks("recommend.fallback")
@pytest.mark.parametrize("error", ["ModelRateLimited", "ModelUnavailable", "UnusableAnswer"])
def test_any_failure_of_the_model_falls_back(worker, lab, model_env, http, seed, error):
    with worker.start(env=model_env) as w:
        reply = post(http, w.serve("stage.http:failing_primary", error), question(seed, 6))
    assert reply.status_code == 200, (
        f"the primary raised {error}, the backup would answer: got {reply.status_code}"
    )
    says_what_the_small_model_said(reply, lab)


@checks("recommend.fallback")
def test_a_mistake_of_ours_is_not_sent_again(worker, lab, model_env, http, seed):
    with worker.start(env=model_env) as w:
        reply = post(
            http, w.serve("stage.http:failing_primary", "RequestRejected"), question(seed, 7)
        )
    assert not lab.journal(), "the provider refused our request, and you sent it to the backup too"
    assert reply.status_code == 500, (
        f"the provider refused our request: expected 500, got {reply.status_code}"
    )


@checks("recommend.status")
@pytest.mark.parametrize(
    ("error", "expected"),
    [
        ("ModelTimeout", 504),
        ("ModelUnavailable", 503),
        ("ModelRateLimited", 503),
        ("UnusableAnswer", 502),
        ("RequestRejected", 500),
    ],
)
def test_each_error_has_the_status_that_tells_the_truth(worker, model_env, http, error, expected):
    with worker.start(env=model_env) as w:
        reply = post(http, w.serve("stage.http:failing", error), "anything")
    assert reply.status_code == expected, f"{error}: expected {expected}, got {reply.status_code}"
