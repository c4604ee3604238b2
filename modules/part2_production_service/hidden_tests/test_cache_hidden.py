"""More evidence for task `cache`."""

import pytest

from workshop.grading import checks


@pytest.fixture
def env(model_env, redis_server):
    return model_env | {"REDIS_URL": redis_server.url}


@checks("cache.hit")
def test_ten_questions_asked_twice_are_ten_calls(worker, lab, env, http, seed):
    texts = [f"What is the cheapest lamp under ${30 + seed % 30 + n}?" for n in range(10)]
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        answers = [[http.post(f"{url}/ask", json={"text": t}).json()["text"] for t in texts]]
        answers.append([http.post(f"{url}/ask", json={"text": t}).json()["text"] for t in texts])
    sent = len(lab.journal())
    assert sent == 10, f"ten questions, each asked twice: {sent} calls to the model, expected 10"
    assert answers[0] == answers[1], "an answer from the cache is not the one that was kept"


@checks("cache.key")
def test_parts_of_a_key_do_not_run_together(worker, seed):
    with worker.start(env={}) as w:
        one = w.call(
            "stage.rings:key_of",
            {"text": f"tent {seed}"},
            {"prompt_version": "1", "catalogue_version": "12"},
        )
        other = w.call(
            "stage.rings:key_of",
            {"text": f"tent {seed}"},
            {"prompt_version": "11", "catalogue_version": "2"},
        )
    assert one != other, "versions ('1', '12') and ('11', '2') got the same key"


@checks("cache.outage")
def test_a_redis_that_never_was_there_is_no_outage(worker, lab, model_env, http, seed):
    env = model_env | {"REDIS_URL": "redis://127.0.0.1:9"}
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        reply = http.post(f"{url}/ask", json={"text": f"a jacket for {seed}"})
    assert reply.status_code == 200, f"nothing listens at REDIS_URL: got {reply.status_code}"
    assert reply.json()["text"] == lab.journal()[0].answer, "the answer is not what the model said"


@checks("cache.not_poisoned")
def test_after_a_makeshift_the_real_answer_is_kept(worker, lab, env, http, seed):
    text = {"text": f"the best camera under ${300 + seed % 99}"}
    with worker.start(env=env) as w:
        http.post(w.serve("stage.rings:cache", degraded=True) + "/ask", json=text)
    with worker.start(env=env) as w:
        url = w.serve("stage.rings:cache")
        replies = [http.post(f"{url}/ask", json=text).json() for _ in range(2)]
    sources = [reply.get("source") for reply in replies]
    assert sources == ["model", "cache"], (
        f"after a degraded answer, two equal questions came from {sources}; "
        "expected model, then cache"
    )
    entries = lab.journal()
    assert len(entries) == 2, f"two calls were needed, the model was asked {len(entries)} times"
    assert {reply["text"] for reply in replies} == {entries[1].answer}, (
        "what is kept is not what the model said"
    )
