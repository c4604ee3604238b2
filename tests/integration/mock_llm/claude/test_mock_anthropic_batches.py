"""Message batches: done when the lab's clock says so, at half price."""

import anthropic
import httpx2
import pytest
from anthropic.types.messages import MessageBatch, MessageBatchIndividualResponse

from mock_llm import ManualClock, MockLLM
from mock_llm.evidence.days import day_of

GOOD = {
    "model": "claude-haiku-5-5",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Recommend a tent."}],
}

# Its replies take time by its own clock, so its batches do too; nobody waits for them.
UNHURRIED = {"latency": {"default": {"ttft_s": 1}}, "time_scale": 0}


@pytest.fixture(scope="module")
def clock():
    return ManualClock()


@pytest.fixture(scope="module")
def shop(clock):
    with MockLLM(UNHURRIED, clock=clock) as mock:
        yield mock


@pytest.fixture
def lab(shop, request):
    return shop.lab(request.node.nodeid)


@pytest.fixture
def batches(shop, lab):
    http = httpx2.Client(trust_env=False)
    with anthropic.Anthropic(
        base_url=shop.url, api_key=lab.api_key, max_retries=0, http_client=http
    ) as sdk:
        yield sdk.messages.batches


def requests(*params):
    return [{"custom_id": f"q-{number}", "params": each} for number, each in enumerate(params)]


def counts(batch):
    return {state: count for state, count in batch.request_counts.model_dump().items() if count}


def test_a_batch_is_done_in_its_time_and_costs_half(batches, lab, clock):
    bad = GOOD | {"model": "claude-9"}
    made = batches.create(requests=requests(GOOD, bad, GOOD))
    assert (made.processing_status, made.results_url) == ("in_progress", None)
    assert counts(made) == {"processing": 3}
    assert [entry.endpoint for entry in lab.journal()] == ["/v1/messages/batches"]
    with pytest.raises(anthropic.AnthropicError, match="Has it finished"):
        batches.results(made.id)
    clock.advance(60)
    done = batches.retrieve(made.id)
    assert (done.processing_status, counts(done)) == ("ended", {"succeeded": 2, "errored": 1})
    first, second, third = batches.results(made.id)
    assert [each.custom_id for each in (first, second, third)] == ["q-0", "q-1", "q-2"]
    assert second.result.error.error.type == "not_found_error"
    usages = [each.result.message.usage for each in (first, third)]
    assert {usage.service_tier for usage in usages} == {"batch"}
    full = [usage.input_tokens * 100 + usage.output_tokens * 500 for usage in usages]
    assert lab.ledger().total_nanodollars == sum((cost + 1) // 2 for cost in full)
    ran = [entry for entry in lab.journal() if entry.endpoint == "/v1/messages"]
    assert [entry.status for entry in ran] == [200, 404, 200]
    assert ran[0].answer == first.result.message.content[0].text


DAY_S = 86_400


def test_a_batch_is_billed_when_it_was_due_though_somebody_looks_days_later(batches, lab, clock):
    began = clock.wall()
    made = batches.create(requests=requests(*[GOOD] * 3))
    clock.advance(3 * DAY_S)
    done = batches.retrieve(made.id)
    assert 10 <= (done.ended_at - done.created_at).total_seconds() <= 60
    ran = [entry for entry in lab.journal() if entry.batch]
    came = [entry.received_s - lab.journal()[0].received_s for entry in ran]
    assert came == sorted(came)
    assert 0 < came[0] < came[-1] <= 60
    assert [entry.duration_s for entry in ran] == [0, 0, 0]
    assert list(lab.ledger().by("day")) == [day_of(began)]


def test_a_batch_that_nobody_retrieves_is_in_every_book_once_it_is_due(shop, batches, lab, clock):
    batches.create(requests=requests(GOOD, GOOD))
    assert lab.ledger().total_nanodollars == 0
    clock.advance(60)
    assert len(lab.ledger().lines) == 2
    lab.set_budgets([{"dollars": 1, "per": "day"}])
    batches.create(requests=requests(GOOD))
    ((_, before),) = lab.budgets()
    clock.advance(60)
    ((_, left),) = lab.budgets()
    assert left < before
    batches.create(requests=requests(GOOD))
    clock.advance(60)
    headers = {"x-api-key": lab.api_key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(base_url=shop.url, headers=headers, trust_env=False) as plain:
        plain.post("/v1/messages/count_tokens", json=GOOD)
    assert len(lab.records.ledger().lines) == 4


def test_without_latency_a_batch_waits_for_no_clock(batches, lab):
    lab.set_scenario("instant")
    made = batches.create(requests=requests(GOOD, GOOD))
    assert made.processing_status == "in_progress"
    assert len(lab.ledger().lines) == 2
    done = batches.retrieve(made.id)
    assert (done.processing_status, counts(done)) == ("ended", {"succeeded": 2})
    assert [each.result.type for each in batches.results(made.id)] == ["succeeded"] * 2


def test_a_batch_that_is_canceled_before_its_time_pays_nothing_more(batches, lab, clock):
    made = batches.create(requests=requests(*[GOOD] * 20))
    clock.advance(9)
    batches.cancel(made.id)
    paid = len(lab.ledger().lines)
    assert 0 < paid < 20
    clock.advance(2 * DAY_S)
    assert len(lab.ledger().lines) == paid
    assert counts(batches.retrieve(made.id))["succeeded"] == paid


def test_a_batch_finds_its_own_beginnings_in_the_cache_as_of_their_time(batches, lab, clock):
    told = [{"type": "text", "text": "Sell tents. " * 3000, "cache_control": {"type": "ephemeral"}}]
    made = batches.create(requests=requests(*[GOOD | {"system": told}] * 3))
    clock.advance(3 * DAY_S)
    usages = [each.result.message.usage for each in batches.results(made.id)]
    assert [bool(usage.cache_creation_input_tokens) for usage in usages] == [True, False, False]
    assert [bool(usage.cache_read_input_tokens) for usage in usages] == [False, True, True]


def test_results_and_batches_have_every_required_field(shop, batches, lab, clock):
    made = batches.create(requests=requests(GOOD, {}))
    clock.advance(60)
    headers = {"x-api-key": lab.api_key, "anthropic-version": "2023-06-01"}
    with httpx2.Client(base_url=shop.url, headers=headers, trust_env=False) as plain:
        batch = plain.get(f"/v1/messages/batches/{made.id}").json()
        MessageBatch.model_validate(batch)
        lines = plain.get(batch["results_url"])
    assert lines.headers["content-type"] == "application/x-jsonl"
    assert lines.headers["request-id"]
    for line in lines.text.splitlines():
        MessageBatchIndividualResponse.model_validate_json(line)


def test_a_batch_that_is_canceled_pays_for_what_was_done(batches, lab, clock):
    made = batches.create(requests=requests(*[GOOD] * 20))
    clock.advance(9)
    canceling = batches.cancel(made.id)
    assert canceling.processing_status == "canceling"
    assert canceling.cancel_initiated_at
    assert batches.retrieve(made.id).processing_status == "canceling"
    clock.advance(1)
    ended = counts(batches.retrieve(made.id))
    assert set(ended) == {"succeeded", "canceled"}
    assert sum(ended.values()) == 20
    kinds = [each.result.type for each in batches.results(made.id)]
    assert kinds == ["succeeded"] * ended["succeeded"] + ["canceled"] * ended["canceled"]
    assert len(lab.ledger().lines) == ended["succeeded"]
    with pytest.raises(anthropic.BadRequestError, match="has ended"):
        batches.cancel(made.id)


def test_batches_are_listed_by_page_the_newest_first(batches):
    made = [batches.create(requests=requests(GOOD)).id for _ in range(3)]
    assert [batch.id for batch in batches.list(limit=2)] == made[::-1]
    page = batches.list(limit=1)
    assert (page.has_more, page.first_id, page.last_id) == (True, made[2], made[2])
    assert [batch.id for batch in batches.list(before_id=made[0], limit=1).data] == [made[1]]


def test_a_batch_is_deleted_once_it_has_ended(batches, clock):
    made = batches.create(requests=requests(GOOD))
    with pytest.raises(anthropic.BadRequestError, match="cancel it first"):
        batches.delete(made.id)
    clock.advance(60)
    gone = batches.delete(made.id)
    assert (gone.id, gone.type) == (made.id, "message_batch_deleted")
    with pytest.raises(anthropic.NotFoundError):
        batches.retrieve(made.id)


@pytest.mark.parametrize("name", ["retrieve", "cancel", "delete", "results"])
def test_an_id_that_never_was_gets_404(batches, name):
    with pytest.raises(anthropic.NotFoundError) as caught:
        getattr(batches, name)("msgbatch_never")
    assert caught.value.type == "not_found_error"


def test_faults_end_as_errors_and_what_hangs_expires(batches, lab, clock):
    for kind in ("unavailable", "reset", "not_json", "hang"):
        lab.add_fault(kind, first=1, endpoint="messages")
    made = batches.create(requests=requests(*[GOOD] * 5))
    clock.advance(60)
    assert batches.retrieve(made.id).processing_status == "in_progress"
    clock.advance(86_400)
    kinds = [each.result for each in batches.results(made.id)]
    assert [each.type for each in kinds] == ["errored"] * 3 + ["expired", "succeeded"]
    types = [each.error.error.type for each in kinds[:3]]
    assert types == ["overloaded_error", "api_error", "api_error"]


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (None, "requests: Field required"),
        ([], "at least 1 item"),
        (["x"], "requests.0: Input should be a valid dictionary"),
        ([{"params": GOOD}], "requests.0.custom_id: Field required"),
        ([{"custom_id": "a b", "params": GOOD}], "should match pattern"),
        ([{"custom_id": "a"}], "requests.0.params: Field required"),
        ([{"custom_id": "a", "params": GOOD}] * 2, "custom ids are unique"),
    ],
)
def test_a_wrong_batch_is_refused(batches, given, complaint):
    with pytest.raises(anthropic.BadRequestError) as caught:
        batches.create(requests=given)
    assert complaint in str(caught.value)


def test_wrong_paths_and_methods_are_refused(shop, lab):
    headers = {"x-api-key": lab.api_key, "anthropic-version": "2023-06-01"}
    at = f"{shop.url}/v1/messages/batches"
    with httpx2.Client(headers=headers, trust_env=False) as plain:
        statuses = [
            plain.put(at).status_code,
            plain.post(f"{at}/x").status_code,
            plain.get(f"{at}/x/cancel").status_code,
            plain.get(f"{at}/x/sing").status_code,
            plain.get(f"{at}/x/results/y").status_code,
            plain.get(f"{at}/").status_code,
            plain.get(at, params={"limit": 0}).status_code,
        ]
    assert statuses == [405, 405, 405, 404, 404, 404, 400]


@pytest.mark.anyio
async def test_the_async_sdk_handles_batches(shop, lab, clock):
    http = httpx2.AsyncClient(trust_env=False)
    async with anthropic.AsyncAnthropic(
        base_url=shop.url, api_key=lab.api_key, max_retries=0, http_client=http
    ) as sdk:
        made = await sdk.messages.batches.create(requests=requests(GOOD))
        clock.advance(60)
        results = [each async for each in await sdk.messages.batches.results(made.id)]
        assert [each.result.type for each in results] == ["succeeded"]
