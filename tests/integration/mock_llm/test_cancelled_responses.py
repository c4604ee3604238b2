"""A response in the background that is cancelled costs what was made of it until then."""

import openai
import pytest

from mock_llm import ManualClock, MockLLM
from mock_llm.evidence.disk import read

LUNA = "gpt-6-luna"


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def mock(clock, tmp_path):
    with MockLLM("instant", clock=clock, journal=tmp_path / "journal.sqlite") as running:
        yield running


@pytest.fixture
def begin(client):
    def begin(**more):
        asked = {"input": "Tell me about hiking boots.", "temperature": 0, **more}
        return client.responses.create(model=LUNA, background=True, **asked)

    return begin


@pytest.fixture
def whole(begin, lab, clock):
    """What the same costs when nobody cancels it."""
    begin()
    clock.advance(60)
    return lab.journal()[0]


def until(clock, client, response, status):
    for _ in range(100):
        if client.responses.retrieve(response.id).status == status:
            return
        clock.advance(0.2)
    raise AssertionError(status)


def test_one_that_waits_in_the_queue_costs_nothing(begin, client, lab):
    made = begin()
    assert lab.ledger().total_nanodollars > 0
    assert client.responses.cancel(made.id).status == "cancelled"
    (entry,) = [each for each in lab.journal() if each.model]
    assert (entry.outcome, entry.status, entry.answer) == ("cancelled", 200, "")
    assert (entry.prompt_tokens, entry.completion_tokens, entry.cost_nanodollars) == (0, 0, 0)
    assert lab.ledger().lines == []


def test_one_that_is_worked_on_costs_its_input_and_its_output_so_far(
    begin, client, lab, clock, whole
):
    made = begin()
    until(clock, client, made, "in_progress")
    clock.advance(1.5)
    client.responses.cancel(made.id)
    entry = [each for each in lab.journal() if each.model][-1]
    assert entry.outcome == "cancelled"
    assert entry.prompt_tokens == whole.prompt_tokens
    assert 0 < entry.completion_tokens < whole.completion_tokens
    fresh = entry.prompt_tokens - entry.cached_tokens
    cost = fresh * 100 + entry.cached_tokens * 10 + entry.completion_tokens * 500
    assert entry.cost_nanodollars == cost
    assert entry.answer
    assert (entry.finish_reason, entry.correct) == (None, None)
    both = whole.cost_nanodollars + entry.cost_nanodollars
    assert lab.ledger().total_nanodollars == both


def test_one_that_is_done_is_paid_whole_and_only_the_first_cancelling_counts(
    begin, client, lab, clock, whole
):
    made = begin()
    clock.advance(1.5)
    client.responses.cancel(made.id)
    paid = lab.ledger().total_nanodollars
    clock.advance(60)
    assert client.responses.cancel(made.id).status == "cancelled"
    assert lab.ledger().total_nanodollars == paid
    done = begin()
    clock.advance(60)
    assert client.responses.cancel(done.id).status == "completed"
    assert lab.journal()[-2].outcome == "ok"
    assert lab.ledger().total_nanodollars > paid


def test_what_was_not_made_comes_back_into_a_budget(begin, client, lab):
    lab.set_budgets([{"dollars": 1e-9}])
    made = begin()
    with pytest.raises(openai.RateLimitError):
        begin()
    client.responses.cancel(made.id)
    ((_, left),) = lab.budgets()
    assert left == 1
    assert begin().status == "queued"


def test_the_journal_on_disk_says_so_too(begin, client, lab, mock, tmp_path):
    client.responses.cancel(begin().id)
    first, cancelling = read(tmp_path / "journal.sqlite")
    assert (first["outcome"], first["cost_nanodollars"], first["prompt_tokens"]) == (
        "cancelled",
        0,
        0,
    )
    assert cancelling["endpoint"] == "/v1/responses/{id}/cancel"


def test_counters_for_metrics_never_fall(begin, client, raw):
    def cost():
        text = raw.get("/metrics").text
        (line,) = (each for each in text.splitlines() if each.startswith("mock_llm_cost_usd_total"))
        return float(line.split()[-1])

    made = begin()
    before = cost()
    client.responses.cancel(made.id)
    assert cost() == before > 0


def test_one_that_is_deleted_was_stopped_by_nobody_and_is_paid_whole(
    begin, client, lab, clock, whole
):
    before = lab.ledger().total_nanodollars
    client.responses.delete(begin().id)
    assert lab.ledger().total_nanodollars > before
    assert [each for each in lab.journal() if each.model][-1].outcome == "ok"


def test_one_that_streams_goes_on_without_its_client_and_is_paid_whole(begin, client, lab, whole):
    lab.set_latency(per_token_s=0.05)
    stream = begin(stream=True)
    made = next(iter(stream)).response
    stream.close()
    assert lab.wait_until_idle()
    left = lab.journal()[-1]
    assert (left.outcome, left.completion_tokens) == ("cancelled", whole.completion_tokens)
    assert client.responses.retrieve(made.id).status == "completed"
