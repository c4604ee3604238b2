"""Task `stampede`: equal questions under way share one flight."""

import contextlib
import threading

import httpx

from workshop.grading import checks


def question(seed, n=0):
    return f"What does the {('laptop', 'tent', 'camera')[n % 3]} under ${200 + seed % 99} weigh?"


def ask_all(http, url, texts, **more):
    """All at the same moment, each in a thread of its own; the replies in the order of `texts`."""
    replies = [None] * len(texts)

    def ask(place, text):
        replies[place] = http.post(f"{url}/ask", json={"text": text, **more})

    threads = [threading.Thread(target=ask, args=pair) for pair in enumerate(texts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return replies


def ask_in_vain(http, url, text):
    """For a flight that is under way; the service may end before it lands."""
    with contextlib.suppress(httpx.HTTPError):
        http.post(f"{url}/ask", json={"text": text})


@checks("stampede.one_flight")
def test_twenty_equal_questions_at_once_are_one_call(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=0.8, ttft_p99_s=0.8)
    with worker.start(env=model_env) as w:
        replies = ask_all(http, w.serve("stage.rings:single_flight"), [question(seed)] * 20)
    assert all(reply.status_code == 200 for reply in replies), "some of the twenty got no answer"
    sent = len(lab.journal())
    assert sent == 1, f"twenty equal questions at once: the model was asked {sent} times"
    said = {reply.json()["text"] for reply in replies}
    assert said == {lab.journal()[0].answer}, "the twenty did not all get what the model said"
    paid = [reply.json()["cost_nanodollars"] > 0 for reply in replies]
    assert sum(paid) == 1, (
        f"there was one call, and {sum(paid)} of the twenty answers say that they cost something"
    )


@checks("stampede.one_flight")
def test_other_questions_fly_on_their_own(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=0.5, ttft_p99_s=0.5)
    texts = [question(seed, 0), question(seed, 1)]
    with worker.start(env=model_env) as w:
        replies = ask_all(http, w.serve("stage.rings:single_flight"), texts)
    sent = len(lab.journal())
    assert sent == 2, f"two different questions: the model was asked {sent} times"
    assert all(reply.status_code == 200 for reply in replies), "one of two questions got no answer"


@checks("stampede.recovers")
def test_a_failed_flight_is_not_remembered(worker, lab, model_env, http, seed):
    crowd = 2 + seed % 4
    lab.add_fault("unavailable", first=1, after_s=0.4)
    with worker.start(env=model_env) as w:
        url = w.serve("stage.rings:single_flight")
        together = ask_all(http, url, [question(seed)] * crowd)
        (after,) = ask_all(http, url, [question(seed)])
    assert {reply.status_code for reply in together} == {599}, (
        f"the model failed the one flight that {crowd} customers were on, and some got an answer"
    )
    assert after.status_code == 200, (
        "the model failed once; whoever asks after that still gets the old failure"
    )
    sent = len(lab.journal())
    assert sent == 2, f"a flight that failed and one that did not: the model was asked {sent} times"
    assert after.json()["text"] == lab.journal()[1].answer, "the answer is not what the model said"


@checks("stampede.recovers")
def test_a_landed_flight_is_not_a_cache(worker, lab, model_env, http, seed):
    with worker.start(env=model_env) as w:
        url = w.serve("stage.rings:single_flight")
        for _ in range(2):
            ask_all(http, url, [question(seed)])
    sent = len(lab.journal())
    assert sent == 2, (
        "the second question came after the first was answered, and got its answer: "
        "without an expiry that is a leak, keeping answers is the cache's business"
    )


@checks("stampede.own_deadline")
def test_each_waits_no_longer_than_their_own_deadline(worker, lab, model_env, http, seed):
    lab.set_latency(ttft_median_s=2.0, ttft_p99_s=2.0)
    with worker.start(env=model_env) as w:
        url = w.serve("stage.rings:single_flight")
        patient = threading.Thread(target=ask_in_vain, args=(http, url, question(seed)))
        patient.start()
        (hurried,) = ask_all(http, url, [question(seed)], seconds=0.4)
    patient.join()
    lab.wait_until_idle(3)
    assert (hurried.status_code, "ModelTimeout" in hurried.text) == (599, True), (
        "a customer with 0.4 s left joined a flight of 2 s and got "
        f"{hurried.status_code} {hurried.text[:80]}; expected ModelTimeout"
    )
    sent = len(lab.journal())
    assert sent == 1, f"two customers with one question: the model was asked {sent} times"
    assert hurried.elapsed.total_seconds() > 0.3, "a customer with 0.4 s left was not waited for"
    assert hurried.elapsed.total_seconds() < 1.7, (
        f"a customer with 0.4 s left was held for {hurried.elapsed.total_seconds():.1f} s"
    )


@checks("stampede.own_deadline")
def test_whoever_hangs_up_takes_nobody_along(worker, lab, model_env, seed):
    lab.set_latency(ttft_median_s=0.6, ttft_p99_s=0.6)
    got = worker.call("stage.rings:hang_up_and_stay", question(seed), env=model_env)
    assert got["error"] is None, (
        f"the first customer hung up, and the second one who had joined got {got['error']}"
    )
    sent = len(lab.journal())
    assert sent == 1, f"two customers with one question: the model was asked {sent} times"
    (entry,) = lab.journal()
    assert got["text"] == entry.answer, "the second customer's answer is not what the model said"
