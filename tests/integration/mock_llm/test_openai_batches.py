import asyncio
import json
import sqlite3
import threading
from contextlib import closing

import httpx2
import openai
import pytest

from mock_llm import ManualClock, MockLLM, connect
from mock_llm.dashboard.paths import ROOM
from mock_llm.evidence.days import day_of

LUNA = "gpt-6-luna"
KEY = "sk-batch"
# Its replies take time by its own clock, so its batches do too; nobody waits for them.
UNHURRIED = {"latency": {"default": {"ttft_s": 1}}, "time_scale": 0}


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def mock(clock):
    with MockLLM(scenario=UNHURRIED, seed=7, clock=clock) as running:
        yield running


@pytest.fixture
def lab(mock):
    return mock.lab(KEY)


@pytest.fixture
def client(mock):
    with openai.OpenAI(base_url=mock.base_url, api_key=KEY, max_retries=0) as sdk:
        yield sdk


def line(number, url="/v1/chat/completions", **body):
    asked = {"model": LUNA, "messages": [{"role": "user", "content": f"Count to {number}."}]}
    return {"custom_id": f"line-{number}", "method": "POST", "url": url, "body": asked | body}


@pytest.fixture
def submit(client):
    """Upload lines and start a batch with them."""

    def submit(lines, endpoint="/v1/chat/completions", **more):
        content = b"\n".join(
            each if isinstance(each, bytes) else json.dumps(each).encode() for each in lines
        )
        file = client.files.create(file=("in.jsonl", content), purpose="batch")
        return client.batches.create(
            input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more
        )

    return submit


@pytest.fixture
def replies(client):
    """The lines of an output or error file, by custom_id."""

    def replies(file_id):
        lines = client.files.content(file_id).text.splitlines()
        return {each["custom_id"]: each for each in map(json.loads, lines)}

    return replies


def test_a_batch_goes_its_way_by_the_clock(client, clock, submit):
    made = submit([line(n) for n in range(20)])
    seen, done = [], []
    for _ in range(80):
        batch = client.batches.retrieve(made.id)
        seen.append(batch.status)
        done.append(batch.request_counts.completed)
        clock.advance(1)
    assert list(dict.fromkeys(seen)) == ["validating", "in_progress", "completed"]
    assert done == sorted(done)
    assert 0 < done[seen.index("completed") - 1] < 20
    assert batch.request_counts.total == batch.request_counts.completed == 20
    assert batch.created_at < batch.in_progress_at < batch.completed_at <= batch.created_at + 62
    assert batch.model == LUNA


def test_the_output_has_every_reply_once_and_in_order(client, clock, submit, replies):
    made = submit([line(n) for n in range(5)])
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    out = replies(batch.output_file_id)
    assert list(out) == [f"line-{n}" for n in range(5)]
    for each in out.values():
        assert each["response"]["status_code"] == 200
        assert each["response"]["request_id"].startswith("req_")
        openai.types.chat.ChatCompletion.model_validate(each["response"]["body"])
    assert batch.error_file_id is None
    assert batch.usage.total_tokens == sum(
        each["response"]["body"]["usage"]["total_tokens"] for each in out.values()
    )


def test_a_batch_costs_half(client, clock, lab, submit):
    asked = line(3)["body"]
    client.chat.completions.create(**asked)
    submit([line(3)])
    clock.advance(100)
    client.batches.list()
    paid = [entry for entry in lab.journal() if entry.cost_nanodollars]
    full, half = paid
    assert (half.endpoint, half.status) == ("/v1/chat/completions", 200)
    assert half.cost_nanodollars * 2 == half.prompt_tokens * 100 + half.completion_tokens * 500
    assert half.prompt_tokens == full.prompt_tokens
    assert lab.ledger().total_nanodollars == full.cost_nanodollars + half.cost_nanodollars


def test_nothing_runs_and_nothing_is_paid_before_its_time(client, clock, lab, submit):
    made = submit([line(n) for n in range(3)])
    clock.advance(1)
    client.batches.retrieve(made.id)
    assert lab.ledger().total_nanodollars == 0


def test_a_wrong_body_lands_in_the_error_file(client, clock, lab, submit, replies):
    made = submit(
        [line(1), line(2, model="gpt-9"), line(3, max_tokens="many"), line(4, stream=True)]
    )
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    counts = batch.request_counts
    assert (batch.status, counts.total, counts.completed, counts.failed) == ("completed", 4, 1, 3)
    assert list(replies(batch.output_file_id)) == ["line-1"]
    wrong = replies(batch.error_file_id)
    statuses = {id: each["response"]["status_code"] for id, each in wrong.items()}
    assert statuses == {"line-2": 404, "line-3": 400, "line-4": 400}
    assert wrong["line-3"]["response"]["body"]["error"]["param"] == "max_tokens"
    assert len([entry for entry in lab.journal() if entry.outcome == "error"]) == 3


@pytest.mark.parametrize(
    ("lines", "code", "where"),
    [
        ([b"{", json.dumps(line(1)).encode()], "invalid_json_line", 1),
        ([line(1), line(1)], "duplicate_custom_id", 2),
        ([line(1), line(2, url="/v1/embeddings")], "mismatched_url", 2),
        (
            [{key: line(1)[key] for key in ("method", "url", "body")}],
            "missing_required_parameter",
            1,
        ),
        ([line(1) | {"method": "GET"}], "invalid_method", 1),
        ([line(1) | {"body": "text"}], "invalid_request_body", 1),
        ([b""], "empty_file", None),
    ],
)
def test_a_file_that_cannot_be_read_fails_the_batch(client, clock, lab, submit, lines, code, where):
    made = submit(lines)
    assert made.status == "validating"
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    assert (batch.status, batch.output_file_id) == ("failed", None)
    (error,) = batch.errors.data
    assert (error.code, error.line) == (code, where)
    assert lab.ledger().total_nanodollars == 0


def test_what_has_run_when_a_batch_is_cancelled_stays_and_is_paid(
    client, clock, lab, submit, replies
):
    made = submit([line(n) for n in range(100)])
    clock.advance(8)
    cancelling = client.batches.cancel(made.id)
    done = cancelling.request_counts.completed
    assert 0 < done < 100
    clock.advance(1000)
    batch = client.batches.retrieve(made.id)
    assert (batch.status, batch.request_counts.completed) == ("cancelled", done)
    assert batch.cancelled_at
    assert len(replies(batch.output_file_id)) == done
    rest = replies(batch.error_file_id)
    assert {each["error"]["code"] for each in rest.values()} == {"batch_cancelled"}
    assert len(rest) == 100 - done
    assert len([entry for entry in lab.journal() if entry.cost_nanodollars]) == done


def test_a_batch_with_a_line_that_hangs_expires(client, clock, lab, submit, replies):
    made = submit([line(1), line(2)])
    lab.add_fault("hang", first=1)
    clock.advance(100)
    assert client.batches.retrieve(made.id).status == "in_progress"
    clock.advance(86_400)
    batch = client.batches.retrieve(made.id)
    assert (batch.status, batch.expired_at) == ("expired", batch.expires_at)
    assert list(replies(batch.output_file_id)) == ["line-2"]
    (lost,) = replies(batch.error_file_id).values()
    assert (lost["response"], lost["error"]["code"]) == (None, "batch_expired")


def test_faults_strike_lines(client, clock, lab, submit, replies):
    made = submit([line(n) for n in range(4)])
    lab.add_fault("unavailable", first=1)
    lab.add_fault("reset", first=1)
    lab.add_fault("not_json", first=1)
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    statuses = {each["response"]["status_code"] for each in replies(batch.error_file_id).values()}
    assert statuses == {503, 500}
    assert len(replies(batch.output_file_id)) == 2


@pytest.mark.parametrize(
    ("endpoint", "body"),
    [
        ("/v1/responses", {"model": LUNA, "input": "Hello."}),
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": "a tent"}),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": "Hello."}),
        ("/v1/moderations", {"input": "Hello."}),
    ],
)
def test_every_endpoint_can_be_batched(client, clock, submit, replies, endpoint, body):
    each = {"custom_id": "a", "method": "POST", "url": endpoint, "body": body}
    made = submit([each], endpoint)
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    assert replies(batch.output_file_id)["a"]["response"]["status_code"] == 200


def test_a_batch_takes_nothing_from_the_limits_of_requests(client, clock, lab, submit):
    lab.set_limits(requests_per_minute=2, tokens_per_minute=100)
    made = submit([line(n) for n in range(30)])
    clock.advance(100)
    assert client.batches.retrieve(made.id).request_counts.completed == 30
    raw = client.chat.completions.with_raw_response.create(**line(1)["body"])
    assert raw.headers["x-ratelimit-remaining-requests"] == "1"


def prompt_tokens(client, *numbers):
    """How many tokens these lines put into the queue."""
    used = (client.chat.completions.create(**line(n)["body"]).usage for n in numbers)
    return sum(each.prompt_tokens for each in used)


def test_only_so_many_prompt_tokens_wait_in_batches(client, clock, lab, submit):
    each = prompt_tokens(client, 1)
    lab.set_limits(batch_queue_tokens=5 * each)
    first = submit([line(n) for n in range(3)])
    second = submit([line(n) for n in range(3)])
    third = submit([line(n) for n in range(2)])  # what was refused takes no place
    assert second.status == "validating"
    clock.advance(5)
    failed = client.batches.retrieve(second.id)
    assert (failed.status, failed.request_counts.completed) == ("failed", 0)
    (error,) = failed.errors.data
    assert (error.code, error.line, error.param) == ("token_limit_exceeded", None, None)
    assert error.message.startswith(f"Enqueued token limit reached for {LUNA} in organization ")
    assert f"Limit: {5 * each:,} enqueued tokens." in error.message
    clock.advance(100)
    for made in (first, third):
        assert client.batches.retrieve(made.id).status == "completed"


def test_a_batch_that_has_ended_makes_room_in_the_queue(client, clock, lab, submit):
    lab.set_limits(batch_queue_tokens=2 * prompt_tokens(client, 1))
    for _ in range(2):
        made = submit([line(1), line(2)])
        clock.advance(100)
        assert client.batches.retrieve(made.id).status == "completed"
    made = submit([line(1), line(2)])
    client.batches.cancel(made.id)
    clock.advance(1)
    assert submit([line(1), line(2)]).errors is None


def test_each_model_has_a_queue_of_its_own(client, clock, lab, submit):
    lab.set_limits(model=LUNA, batch_queue_tokens=1)
    made = [submit([line(1, model=model)]) for model in (LUNA, "gpt-4")]
    clock.advance(100)
    assert [client.batches.retrieve(each.id).status for each in made] == ["failed", "completed"]


def test_outputs_expire_if_that_is_asked_for(client, clock, submit):
    after = {"anchor": "created_at", "seconds": 3600}
    made = submit([line(1)], output_expires_after=after)
    clock.advance(100)
    batch = client.batches.retrieve(made.id)
    assert client.files.content(batch.output_file_id).text
    clock.advance(3600)
    with pytest.raises(openai.NotFoundError):
        client.files.content(batch.output_file_id)


def test_a_batch_needs_a_file_that_is_there_and_meant_for_it(client):
    asked = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    with pytest.raises(openai.NotFoundError) as missing:
        client.batches.create(**asked, input_file_id="file-never")
    assert missing.value.param == "input_file_id"
    other = client.files.create(file=("a.txt", b"x"), purpose="user_data")
    with pytest.raises(openai.BadRequestError):
        client.batches.create(**asked, input_file_id=other.id)


@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"endpoint": "/v1/videos"}, "endpoint"),
        ({"completion_window": "1h"}, "completion_window"),
        ({"metadata": {"a": 1}}, "metadata.a"),
        ({"input_file_id": 5}, "input_file_id"),
    ],
)
def test_a_wrong_batch_gets_400(client, change, param):
    asked = {
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "input_file_id": "file-never",
    }
    with pytest.raises(openai.BadRequestError) as caught:
        client.batches.create(**asked | change)
    assert caught.value.param == param


def test_labs_do_not_see_each_others_files_and_batches(mock, submit):
    made = submit([line(1)])
    with openai.OpenAI(base_url=mock.base_url, api_key="sk-other", max_retries=0) as other:
        assert list(other.batches.list()) == list(other.files.list()) == []
        with pytest.raises(openai.NotFoundError):
            other.batches.retrieve(made.id)
        with pytest.raises(openai.NotFoundError):
            other.files.retrieve(made.input_file_id)


def test_a_reset_lab_keeps_nothing(client, lab, submit):
    made = submit([line(1)])
    lab.reset()
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve(made.id)


DAY_S = 86_400


def test_a_batch_is_billed_when_it_was_due_though_somebody_looks_days_later(
    client, clock, lab, submit
):
    made = submit([line(n) for n in range(4)])
    began = clock.wall()
    clock.advance(3 * DAY_S)
    batch = client.batches.retrieve(made.id)
    assert batch.completed_at - batch.created_at <= 62
    ran = [entry for entry in lab.journal() if entry.batch]
    came = [entry.received_s for entry in ran]
    assert came == sorted(came)
    assert 2 < came[0] < came[-1] <= 62
    assert [entry.duration_s for entry in ran] == [0] * 4
    assert lab.ledger().by("day") == {day_of(began): lab.ledger().total_nanodollars}
    body = json.loads(client.files.content(batch.output_file_id).text.splitlines()[0])
    assert body["response"]["body"]["created"] <= batch.completed_at


def test_a_batch_over_midnight_is_billed_on_both_days(clock, lab, submit):
    clock.advance(DAY_S - clock.wall() % DAY_S - 8)
    submit([line(n) for n in range(40)])
    days = [day_of(clock.wall()), day_of(clock.wall() + DAY_S)]
    clock.advance(5 * DAY_S)
    assert list(lab.ledger().by("day")) == days
    assert {entry.day for entry in lab.journal() if entry.batch} == set(days)


def get(mock, path):
    reply = httpx2.get(
        f"{mock.url}{path}", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
    )
    assert reply.status_code == 200
    return reply


LOOKS = {
    "ledger": lambda mock: mock.lab(KEY).ledger().lines,
    "journal": lambda mock: [entry for entry in mock.lab(KEY).journal() if entry.batch],
    "verdict": lambda mock: mock.lab(KEY).verdict()["not_tried_again"].requests,
    "budgets": lambda mock: mock.lab(KEY).budgets()[0][1] < 10**9,
    "new budgets": lambda mock: mock.lab(KEY).set_budgets([]) or mock.lab(KEY).records.tally(),
    "ledger, over the wire": lambda mock: connect(mock.url, KEY).ledger().lines,
    "journal, over the wire": lambda mock: connect(mock.url, KEY).journal()[2:],
    "metrics": lambda mock: 'endpoint="/v1/chat/completions"' in get(mock, "/metrics").text,
    "dashboard": lambda mock: get(mock, ROOM).json()["details"]["ledger"]["cost_nanodollars"],
    "dashboard's journal": lambda mock: get(mock, f"{ROOM}/journal.json?lab=all").json()[2:],
    "dashboard's ledger": lambda mock: get(mock, f"{ROOM}/ledger.json?lab=all").json(),
    "a request": lambda mock: get(mock, "/v1/models"),
    "a request the short way": lambda mock: plain_chat(mock),
    "an advance": lambda mock: mock.lab(KEY).advance_clock(0),
    "an advance, over the wire": lambda mock: connect(mock.url, KEY).advance_clock(0),
}


def plain_chat(mock):
    for _ in range(2):  # the first of a connection goes the long way
        asked = {"Authorization": f"Bearer {KEY}"}
        url = f"{mock.base_url}/chat/completions"
        body = {"model": LUNA, "messages": [{"role": "user", "content": "Hi"}]}
        assert httpx2.post(url, json=body, headers=asked, trust_env=False).status_code == 200


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS.keys())
def test_whoever_looks_first_finds_a_batch_that_was_due(mock, clock, lab, submit, look):
    lab.set_budgets([{"dollars": 1}])
    lab.add_fault("unavailable", text="Count to 1.", endpoint="chat/completions")
    submit([line(n) for n in range(3)])
    clock.advance(DAY_S)
    assert look(mock) is not False
    ran = [visit.status for visit in lab.records.closed(0, 99)[1] if visit.batch]
    assert ran == [200, 503, 200]


def test_a_batch_is_run_in_the_world_as_it_was_when_it_was_due(clock, lab, submit, replies, client):
    lab.add_fault("unavailable", until_s=3600)
    struck = submit([line(1)])
    clock.advance(DAY_S)
    lab.clear_faults()
    spared = submit([line(1)])
    clock.advance(DAY_S)
    lab.add_fault("unavailable")
    told = submit([line(1)])
    lab.clear_faults()
    lab.set_answers({"rules": [{"reply": "By a rule."}]})
    clock.advance(DAY_S)
    lab.set_answers(None)
    ended = [client.batches.retrieve(each.id) for each in (struck, spared, told)]
    assert [each.request_counts.failed for each in ended] == [1, 0, 0]
    (said,) = replies(ended[2].output_file_id).values()
    assert said["response"]["body"]["choices"][0]["message"]["content"] == "By a rule."


def test_batches_are_worked_in_the_order_in_which_they_were_due(clock, lab, submit):
    for _ in range(3):
        submit([line(n) for n in range(10)])
        clock.advance(5)
    clock.advance(DAY_S)
    ran = [entry for entry in lab.journal() if entry.batch]
    assert len(ran) == 30
    came = [entry.received_s for entry in ran]
    assert came == sorted(came)
    assert [entry.sequence for entry in ran] == sorted(entry.sequence for entry in ran)


def test_a_batch_is_paid_by_the_key_that_made_it(mock, clock, lab, submit):
    mock.app.labs.register("sk-batch-second", beside=KEY)
    submit([line(1)])
    clock.advance(DAY_S)
    with openai.OpenAI(base_url=mock.base_url, api_key="sk-batch-second", max_retries=0) as other:
        assert other.batches.list().data[0].status == "completed"
    (ran,) = (entry for entry in lab.journal() if entry.batch)
    assert ran.key == lab.journal()[0].key != lab.journal()[-1].key


def test_a_batch_that_was_cancelled_before_its_time_pays_nothing_more(client, clock, lab, submit):
    made = submit([line(n) for n in range(100)])
    clock.advance(8)
    client.batches.cancel(made.id)
    paid = len(lab.ledger().lines)
    assert 0 < paid < 100
    clock.advance(3 * DAY_S)
    assert len(lab.ledger().lines) == paid
    batch = client.batches.retrieve(made.id)
    assert (batch.status, batch.cancelled_at) == ("cancelled", batch.cancelling_at)


def test_a_lab_that_was_reset_pays_for_no_batch_of_before(clock, lab, submit):
    submit([line(n) for n in range(5)])
    lab.reset()
    clock.advance(DAY_S)
    assert lab.ledger().lines == lab.journal() == []


@pytest.mark.parametrize("looks", [True, False], ids=["looked at", "read in the ledger"])
def test_without_latency_a_batch_waits_for_no_clock(client, lab, submit, looks):
    lab.set_scenario("instant")
    made = submit([line(n) for n in range(3)])
    assert made.status == "validating"
    if looks:
        batch = client.batches.retrieve(made.id)
        assert (batch.status, batch.request_counts.completed) == ("completed", 3)
        assert client.files.content(batch.output_file_id).text.count("\n") == 3
        assert batch.completed_at == batch.created_at
    assert len(lab.ledger().lines) == 3


def test_readers_and_requests_at_the_same_time_have_each_line_worked_once(mock, clock, lab, submit):
    made = 4 * [None]
    for number in range(len(made)):
        made[number] = submit([line(n) for n in range(50)]).id
    readers = [
        lambda: lab.advance_clock(1),
        lab.ledger,
        lab.journal,
        lab.budgets,
        lambda: lab.set_budgets([{"dollars": 1}]),
        lab.clear_faults,
        lambda: get(mock, f"/v1/batches/{made[0]}"),
        lambda: get(mock, "/_mock/ledger"),
        lambda: get(mock, ROOM),
        lambda: lab.set_answers(None),
    ]

    def often(read):
        for _ in range(8):
            clock.advance(1)
            read()

    threads = [threading.Thread(target=often, args=[read]) for read in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    clock.advance(DAY_S)
    assert len(lab.ledger().lines) == 200
    assert lab.wait_until_idle()
    came = [entry.received_s for entry in lab.journal() if entry.batch]
    assert came == sorted(came)


@pytest.mark.anyio
async def test_a_ledger_that_is_read_in_an_event_loop_has_embeddings_too(clock, lab, submit):
    body = {"model": "text-embedding-3-small", "input": "a tent"}
    each = {"custom_id": "a", "method": "POST", "url": "/v1/embeddings", "body": body}
    await asyncio.to_thread(submit, [each], "/v1/embeddings")
    clock.advance(DAY_S)
    assert [entry.model for entry in lab.ledger().lines] == ["text-embedding-3-small"]


def test_a_journal_on_disk_has_what_was_due_when_the_server_stops(clock, tmp_path):
    path = tmp_path / "requests.sqlite"
    with MockLLM(UNHURRIED, clock=clock, journal=path) as mock:
        with openai.OpenAI(base_url=mock.base_url, api_key=KEY) as client:
            file = client.files.create(
                file=("in.jsonl", json.dumps(line(1)).encode()), purpose="batch"
            )
            client.batches.create(
                input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
        due = day_of(clock.wall())
        clock.advance(DAY_S)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT day FROM requests WHERE batch").fetchall() == [(due,)]
