"""Task `health`: what a load balancer asks every second; and the service as a whole."""

import pytest

from workshop.grading import checks


def question(seed, n=0):
    return f"Recommend products for: a keyboard under ${60 + (seed * 5 + n) % 80}"


@checks("health.live")
def test_a_process_that_can_answer_says_that_it_lives(worker, lab, model_env, http):
    with worker.start(env=model_env) as w:
        reply = http.get(w.serve("stage.http:health") + "/health/live")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"}), (
        f"/health/live answered {reply.status_code} {reply.text[:80]}"
    )


@checks("health.ready")
def test_ready_says_how_the_cache_is_and_stays_200(
    worker, lab, model_env, http, redis_server, seed
):
    with worker.start(env=model_env | {"REDIS_URL": redis_server.url}) as w:
        url = w.serve("stage.http:health") + "/health/ready"
        up = [http.get(url) for _ in range(1 + seed % 3)][-1]
        redis_server.stop()
        down = [http.get(url) for _ in range(1 + seed % 2)][-1]
    assert (up.status_code, up.json()) == (200, {"status": "ok", "cache": "up"}), (
        f"with Redis running, /health/ready answered {up.status_code} {up.text[:80]}"
    )
    assert (down.status_code, down.json()) == (200, {"status": "ok", "cache": "down"}), (
        f"with Redis gone, /health/ready answered {down.status_code} {down.text[:80]}; "
        "the service answers without its cache, so it is ready"
    )


@checks("health.ready")
def test_a_probe_never_asks_the_model(worker, lab, model_env, http):
    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:health", redis=False)
        ready = http.get(f"{url}/health/ready")
        http.get(f"{url}/health/live")
    assert ready.json().get("cache") == "down", "no cache was configured, yours says otherwise"
    sent = len(lab.journal())
    assert sent == 0, f"two health probes made {sent} calls to the model: probes come every second"


@pytest.fixture
def whole(worker, model_env, redis_server):
    env = model_env | {"REDIS_URL": redis_server.url, "TIMEOUT_SECONDS": "3"}
    with worker.start(env=env) as w:
        yield w.serve("stage.http:whole")


@checks("health.together")
def test_the_whole_service_answers_and_remembers(whole, lab, http, seed):
    ask = {"user_id": "ada", "query": question(seed)}
    first = http.post(f"{whole}/recommend", json=ask)
    second = http.post(f"{whole}/recommend", json=ask | {"user_id": "grace"})
    assert first.status_code == second.status_code == 200, (
        f"the whole service answered {first.status_code}, then {second.status_code}"
    )
    assert second.json()["cached"] is True, (
        "two customers, ada and then grace, asked the same, and grace's answer was not cached"
    )
    sent = len(lab.journal())
    assert sent == 1, f"two equal questions to the whole service: {sent} calls to the model"
    said = {reply.json()["recommendation"] for reply in (first, second)}
    assert said == {lab.journal()[0].answer}, "the two answers are not what the model said"


@checks("health.together")
def test_a_makeshift_answer_is_gone_when_the_model_is_back(whole, lab, http, seed):
    ask = {"user_id": "ada", "query": question(seed, 1)}
    lab.add_fault("unavailable", first=1, model="gpt-6.1-sol")
    makeshift = http.post(f"{whole}/recommend", json=ask).json()
    proper = http.post(f"{whole}/recommend", json=ask).json()
    assert makeshift.get("degraded") is True, "the large model failed; expected a degraded answer"
    assert (proper["model_used"], proper["degraded"]) == ("gpt-6.1-sol", False), (
        "the large model is back, and customers still get "
        f"model_used={proper['model_used']}, degraded={proper['degraded']}"
    )
    asked = [(entry.model, entry.status) for entry in lab.journal()]
    assert asked == [("gpt-6.1-sol", 503), ("gpt-6-luna", 200), ("gpt-6.1-sol", 200)], (
        f"the large model failed, the small one stood in, the large one is back: you asked {asked}"
    )
    said = [entry.answer for entry in lab.journal()][1:]
    assert [makeshift["recommendation"], proper["recommendation"]] == said, (
        "the two answers are not what the models said"
    )
