"""More evidence for tasks `recommend`, `stampede` and `health`."""

import threading
import time

from workshop.grading import checks


@checks("recommend.fallback")
def test_an_empty_answer_of_the_large_model_is_no_answer(worker, lab, model_env, http, seed):
    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:failing_primary", "UnusableAnswer")
        body = http.post(
            f"{url}/recommend", json={"user_id": "x", "query": f"a mat, {seed}"}
        ).json()
    assert body.get("degraded") is True, "the backup's answer was not marked as degraded"


@checks("recommend.deadline")
def test_a_shorter_deadline_is_kept_too(worker, lab, model_env, http, seed):
    lab.add_fault("hang")
    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:recommend", seconds=0.6)
        started = time.monotonic()
        reply = http.post(f"{url}/recommend", json={"user_id": "x", "query": f"a rug, {seed}"})
        took = time.monotonic() - started
    assert reply.status_code == 504, f"both models hang: expected 504, got {reply.status_code}"
    assert took < 1.6, f"the request had 0.6 s and took {took:.1f} s"


@checks("recommend.answer")
def test_each_customer_gets_the_answer_to_their_own_question(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=0.3, ttft_p99_s=0.3)
    texts = [f"What is the price of the cheapest {thing}?" for thing in ("tent", "lamp", "mouse")]
    got = {}

    def ask(url, text):
        reply = http.post(f"{url}/recommend", json={"user_id": str(seed), "query": text})
        got[text] = reply.json()["recommendation"]

    with worker.start(env=model_env) as w:
        url = w.serve("stage.http:recommend")
        threads = [threading.Thread(target=ask, args=(url, text)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    said = {entry.prompt.strip(): entry.answer for entry in lab.journal()}
    for text in texts:
        assert any(text in prompt and answer == got[text] for prompt, answer in said.items()), (
            f"the customer who asked {text!r} got {got.get(text)!r}"
        )


@checks("stampede.one_flight")
def test_two_crowds_are_two_calls(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=1.0, ttft_p99_s=1.0)
    texts = [f"a scarf, {seed}", f"a glove, {seed}"] * 6

    def ask(url, text):
        http.post(f"{url}/ask", json={"text": text})

    with worker.start(env=model_env) as w:
        url = w.serve("stage.rings:single_flight")
        threads = [threading.Thread(target=ask, args=(url, text)) for text in texts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    sent = len(lab.journal())
    assert sent == 2, f"two questions, six customers each, at once: {sent} calls, expected 2"
