"""Task `cache`: the second request never reaches the model, and Redis is a help, not a need."""

import socket

import pytest

from workshop.grading import checks


def ask(http, url, text, **more):
    reply = http.post(f"{url}/ask", json={"text": text, **more})
    assert reply.status_code == 200, f"the question {text!r} got {reply.status_code}: {reply.text}"
    return reply.json()


def question(seed, n=0):
    return f"What is the cheapest backpack under ${40 + (seed * 11 + n) % 90}?"


@pytest.fixture
def env(model_env, redis_server):
    return model_env | {"REDIS_URL": redis_server.url}


@checks("cache.hit")
def test_the_second_identical_request_never_reaches_the_model(worker, lab, env, http, seed):
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        first, second = (ask(http, url, question(seed)) for _ in range(2))
    sent = len(lab.journal())
    assert sent == 1, f"the same question twice: the model was asked {sent} times, expected once"
    assert first["text"] == lab.journal()[0].answer, "the first answer is not what the model said"
    assert second["text"] == first["text"], "the cached answer differs from the one that was kept"
    assert (second["source"], second["cost_nanodollars"]) == ("cache", 0), (
        "an answer from the cache should have source 'cache' and cost 0, yours has "
        f"{second['source']!r} and {second['cost_nanodollars']}"
    )
    assert first["source"] == "model", "the first answer came from the model, yours says otherwise"


@checks("cache.hit")
def test_an_answer_outlives_the_process(worker, lab, env, http, seed):
    for _ in range(2):
        with worker.start(env=env) as w:
            ask(http, w.serve("stage.rings:cache"), question(seed, 1))
    sent = len(lab.journal())
    assert sent == 1, (
        f"the service was restarted between two equal questions and the model was asked {sent} "
        "times: the answer was not in Redis"
    )


@checks("cache.key")
def test_customers_share_answers(worker, lab, env, http, seed):
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        for customer in (f"ada-{seed}", "grace", "edsger"):
            ask(http, url, question(seed, 2), user_id=customer)
    sent = len(lab.journal())
    assert sent == 1, (
        f"three customers asked the same and you paid for it {sent} times: "
        "the answer does not depend on who asks, so the key must not either"
    )
    assert lab.journal()[0].user == f"ada-{seed}", "the model was asked in another's name"


@checks("cache.key")
def test_the_key_is_the_one_in_redis(worker, env, http, redis_server, seed):
    asked = {"text": question(seed, 9), "max_tokens": 30 + seed % 50, "locale": "de"}
    with worker.start(env=env) as w:
        ask(http, w.serve("stage.rings:cache"), asked.pop("text"), **asked)
        key = w.call("stage.rings:key_of", {"text": question(seed, 9), **asked})
    kept = [kept.decode(errors="replace") for kept in redis_server.client.keys("*")]
    assert kept == [key], f"cache_key says {key!r}, and in Redis there are the keys {kept}"


@checks("cache.key")
def test_case_and_spaces_make_no_other_question(worker, seed):
    text = question(seed)
    with worker.start(env={}) as w:
        plain = w.call("stage.rings:key_of", {"text": text})
        odd = w.call("stage.rings:key_of", {"text": f"  {text.upper()}  ".replace(" ", "  ")})
    assert plain == odd, "the same question in capitals and with more spaces got another key"


@checks("cache.key")
@pytest.mark.parametrize(
    ("changed", "question_change", "scope_change"),
    [
        ("the text", {"text": "What is the cheapest tent under $90?"}, {}),
        ("max_tokens", {"max_tokens": 20}, {}),
        ("the locale", {"locale": "de"}, {}),
        ("the model", {}, {"model": "gpt-6-luna"}),
        ("the prompt's version", {}, {"prompt_version": "2"}),
        ("the catalogue's version", {}, {"catalogue_version": "2026-12"}),
    ],
)
def test_what_changes_the_answer_changes_the_key(worker, changed, question_change, scope_change):
    base = {"text": "What is the cheapest tent under $80?"}
    with worker.start(env={}) as w:
        one = w.call("stage.rings:key_of", base)
        other = w.call("stage.rings:key_of", base | question_change, scope_change)
    assert one != other, f"two questions that differ in {changed} got the same key"


@checks("cache.key")
def test_the_key_does_not_show_what_the_customer_wrote(worker):
    with worker.start(env={}) as w:
        one = w.call("stage.rings:key_of", {"text": "gift for zelda"}, {"prompt_version": "ab"})
        again = w.call("stage.rings:key_of", {"text": "gift for zelda"}, {"prompt_version": "ab"})
    assert one == again, "the same question got two different keys"
    assert one.startswith("recommend:"), f"the key should start with 'recommend:', it is {one!r}"
    assert "zelda" not in one, "the customer's words stand in the key; hash them"


@checks("cache.expiry")
def test_an_answer_is_kept_for_the_time_given_and_no_longer(
    worker, lab, env, http, redis_server, seed
):
    ttl = 500 + seed % 400
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache", ttl_s=ttl)
        ask(http, url, question(seed, 3))
        keys = redis_server.client.keys("*")
        assert keys, "after an answer there is nothing in Redis"
        for key in keys:
            left = redis_server.client.ttl(key)
            assert left != -1, "the answer is kept for ever: prices change, yours would not"
            assert ttl - 60 <= left <= ttl, f"it should live for {ttl} s, Redis says {left} s"
        ask(http, url, question(seed, 3))
        sent = len(lab.journal())
        assert sent == 1, f"what is in Redis was asked for, and the model was asked {sent} times"
        redis_server.client.delete(*keys)
        ask(http, url, question(seed, 3))
    sent = len(lab.journal())
    assert sent == 2, (
        f"an answer was taken out of Redis and asked for again: the model was asked {sent} times, "
        "expected twice"
    )


def is_from_the_model(reply, lab):
    entries = lab.journal()
    assert entries, "the customer got an answer, and the model was never asked"
    said = entries[-1].answer
    assert reply.json()["text"] == said, f"the model said {said!r}, the customer got {reply.text}"


@checks("cache.outage")
def test_when_redis_goes_away_customers_still_get_answers(
    worker, lab, env, http, redis_server, seed
):
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        ask(http, url, question(seed, 4))
        redis_server.stop()
        reply = http.post(f"{url}/ask", json={"text": question(seed, 5)})
        assert reply.status_code == 200, (
            f"Redis went away and the customer got a {reply.status_code}: "
            "without its cache the service is slower, not broken"
        )
    is_from_the_model(reply, lab)


@checks("cache.outage")
def test_a_redis_that_never_answers_is_not_waited_for(worker, lab, model_env, http, seed):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        env = model_env | {"REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}"}
        with worker.start(env=env) as w:
            reply = http.post(
                w.serve("stage.rings:cache", patient_redis=True) + "/ask",
                json={"text": question(seed, 8), "seconds": 3.0},
            )
    assert reply.status_code == 200, (
        f"Redis took the connection and never answered: the customer got a {reply.status_code}; "
        "wait PATIENCE_S for it, not for ever"
    )
    is_from_the_model(reply, lab)
    took = reply.elapsed.total_seconds()
    assert took < 2.0, f"a Redis that never answers held the customer for {took:.1f} s"


@checks("cache.outage")
def test_a_value_that_cannot_be_read_is_a_miss(worker, lab, env, http, redis_server, seed):
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        ask(http, url, question(seed, 6))
        keys = redis_server.client.keys("*")
        assert keys, "after an answer there is nothing in Redis"
        for key in keys:
            redis_server.client.set(key, b"\xff{ not what you wrote")
        reply = http.post(f"{url}/ask", json={"text": question(seed, 6)})
    assert reply.status_code == 200, (
        f"a value in Redis could not be read and the customer got a {reply.status_code}; "
        "treat it as a miss"
    )
    assert len(lab.journal()) == 2, "a value that cannot be read is a miss: ask the model"
    is_from_the_model(reply, lab)


@checks("cache.not_poisoned")
def test_a_degraded_answer_is_given_but_not_kept(worker, lab, env, http, redis_server, seed):
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache", degraded=True)
        answers = [ask(http, url, question(seed, 7)) for _ in range(2)]
    assert answers[1]["source"] == "model", "a degraded answer came back from the cache"
    assert len(lab.journal()) == 2, (
        "a degraded answer was kept in the cache: for an hour everybody gets the makeshift"
    )
    assert [answer["text"] for answer in answers] == [entry.answer for entry in lab.journal()], (
        "a degraded answer is not what the model said"
    )
