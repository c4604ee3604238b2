"""More evidence for task `client`: other failures at other moments."""

from workshop.grading import checks


@checks("client.once")
def test_a_reset_connection_is_not_tried_again(worker, lab, strays, model_env, seed):
    lab.add_fault("reset", first=5)
    worker.call("stage.client:ask", f"a tent for {seed}", env=model_env)
    sent = len(lab.journal()) + strays()
    assert sent == 1, f"the connection was reset, and the model was asked {sent} times"


@checks("client.deadline")
def test_a_slow_answer_is_bounded_too(worker, lab, model_env, seed):
    lab.set_latency(ttft_median_s=4.0, ttft_p99_s=4.0)
    got = worker.call("stage.client:ask", f"a lamp for {seed}", seconds=0.7, env=model_env)
    assert got["error"] == "ModelTimeout", f"expected ModelTimeout, got {got['error']}"
    lab.wait_until_idle(3)
    (entry,) = lab.journal()
    assert entry.duration_s < 2.7, f"0.7 s were left, it took {entry.duration_s:.1f} s"


@checks("client.errors")
def test_a_failure_now_and_then_is_told_from_an_answer(worker, lab, model_env, seed):
    lab.add_fault("server_error", every=2)
    texts = [f"a bike under ${200 + seed % 50 + n}" for n in range(4)]
    got = worker.call("stage.client:ask_together", texts, env=model_env)
    failed = sorted(str(each["error"]) for each in got)
    assert failed == ["ModelUnavailable", "ModelUnavailable", "None", "None"], (
        f"every second call failed with a 500; your client made of four calls: {failed}"
    )


@checks("client.cost")
def test_three_answers_cost_what_the_ledger_says(worker, lab, model_env, seed):
    texts = [f"a watch under ${90 + seed % 40 + n}" for n in range(3)]
    got = worker.call("stage.client:ask_together", texts, model="gpt-6.1-terra", env=model_env)
    total = sum(each.get("cost_nanodollars") or 0 for each in got)
    billed = lab.ledger().total_nanodollars
    assert total == billed, f"three answers billed {billed} nano-dollars, yours say {total}"
