"""The admin interface, and the same lab seen from another process."""

import json
import uuid

import httpx2
import openai
import pytest

from mock_llm import MockLLM, ServerProblem, SettingError, connect

TOKEN = "letmein"  # noqa: S105
HI = [{"role": "user", "content": "hi"}]


@pytest.fixture(scope="module")
def guarded():
    with MockLLM("instant", admin_token=TOKEN) as running:
        yield running


@pytest.fixture
def remote(mock, lab):
    return connect(mock.url, api_key=lab.api_key)


def error_of(reply):
    (error,) = reply.json().values()
    assert set(error) == {"message", "type", "param", "code"}
    return error["message"]


def test_a_remote_lab_shows_what_the_lab_in_this_process_shows(remote, lab, ask):
    lab.add_fault("rate_limited", first=1, retry_after_s=0.5, model="gpt-6-luna")
    with pytest.raises(openai.RateLimitError):
        ask()
    ask("Recommend a tent.", user="ann", metadata={"feature": "search"})
    assert remote.journal() == lab.journal()
    assert remote.ledger() == lab.ledger()
    assert remote.faults() == lab.faults()
    assert remote.latency() == lab.latency()
    assert remote.scenario() == lab.scenario()
    assert remote.wait_until_idle()


def test_a_remote_lab_changes_the_lab(remote, lab, ask, mock):
    made = remote.add_fault("truncated", probability=1, max_tokens=2)
    assert lab.faults() == [made]
    assert ask().usage.completion_tokens == 2
    remote.clear_faults()
    assert lab.faults() == []
    remote.set_latency(ttft_median_s=0.01, ttft_p99_s=0.02, model="gpt-4")
    assert lab.latency().models["gpt-4"].ttft_p99_s == 0.02
    remote.set_scenario("healthy")
    assert lab.scenario().name == "healthy"
    remote.set_scenario({"name": "mine", "faults": [{"kind": "empty", "every": 2}]})
    assert [fault.every for fault in lab.faults()] == [2]
    remote.reset()
    assert lab.journal() == []
    assert lab.scenario().name == "instant"


def test_a_scenario_file_is_read_where_the_caller_is(remote, lab, tmp_path):
    path = tmp_path / "slow.yaml"
    path.write_text("latency: {default: {ttft_median_s: 3}}", encoding="utf-8")
    remote.set_scenario(path)
    assert lab.scenario().name == "slow"
    assert lab.latency().default.ttft_median_s == 3


def test_the_server_never_reads_a_file_for_a_caller(raw):
    reply = raw.put("/_mock/scenario", json={"name": "/etc/passwd"})
    assert reply.status_code == 422
    assert "is none of brownout, " in error_of(reply)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda lab: lab.add_fault("explode"), "kind: 'explode' is none of"),
        (lambda lab: lab.add_fault("hang", first=-1), "first: must be at least 0"),
        (lambda lab: lab.add_fault("hang", model="gpt-9"), "model: 'gpt-9' is none of"),
        (lambda lab: lab.add_fault("hang", colour=1), "colour: is not a setting"),
        (lambda lab: lab.add_fault("hang", firts=1), r"did you mean 'first'\?"),
        (lambda lab: lab.add_fault("hang", model="gpt-6-lunar"), r"did you mean 'gpt-6-luna'\?"),
        (lambda lab: lab.set_answers([{"reply": "x"}]), "answers: expected keys with values"),
        (lambda lab: lab.set_answers(3), "answers: expected keys with values, got 3"),
        (lambda lab: lab.set_scenario(["outage"]), "scenario: expected keys with values"),
        (lambda lab: lab.set_scenario("outtage"), r"did you mean 'outage'\?"),
        (lambda lab: lab.set_latency(ttft_median_s=-1), "ttft_median_s: must be 0 or more"),
        (lambda lab: lab.set_latency(model="gpt-9"), "model: 'gpt-9' is none of"),
        (lambda lab: lab.set_scenario("sunny"), "neither a file nor one of"),
        (lambda lab: lab.set_scenario({"faults": 5}), "faults: expected a list"),
    ],
)
def test_mistakes_are_refused_alike_here_and_over_the_wire(remote, lab, change, complaint):
    for each in (lab, remote):
        with pytest.raises(SettingError, match=complaint):
            change(each)
    assert lab.faults() == []
    assert lab.scenario().name == "instant"


def test_faults_are_replaced_together_or_not_at_all(raw, lab):
    reply = raw.put("/_mock/faults", json=[{"kind": "hang"}, {"kind": "empty"}])
    assert reply.json() == [{"kind": "hang"}, {"kind": "empty"}]
    bad = raw.put("/_mock/faults", json=[{"kind": "reset"}, {"kind": "empty", "first": "x"}])
    assert bad.status_code == 422
    assert error_of(bad).startswith("faults[2]: first: expected a whole number")
    assert [fault.kind for fault in lab.faults()] == ["hang", "empty"]


def test_the_journal_is_read_page_by_page(raw, remote, ask, monkeypatch):
    for number in range(5):
        ask(f"question {number}")
    page = raw.get("/_mock/journal", params={"limit": 2}).json()
    assert [entry["prompt"] for entry in page["entries"]] == ["question 0", "question 1"]
    assert page["more"]
    last = page["entries"][-1]["sequence"]
    rest = raw.get("/_mock/journal", params={"after": last}).json()
    assert len(rest["entries"]) == 3
    assert not rest["more"]


def test_the_ledger_is_in_whole_numbers(raw, ask, lab):
    ask(user="ann")
    ledger = json.loads(raw.get("/_mock/ledger").text, parse_float=lambda text: pytest.fail(text))
    assert ledger["total_nanodollars"] == lab.ledger().total_nanodollars
    assert ledger["by_user"] == {"ann": ledger["total_nanodollars"]}


def test_wrong_calls_get_errors_of_one_form(raw):
    cases = [
        (raw.get("/_mock/nowhere"), 404),
        (raw.delete("/_mock/ledger"), 405),
        (raw.post("/_mock/faults", content=b"{"), 422),
        (raw.post("/_mock/faults", json=[1]), 422),
        (raw.get("/_mock/journal", params={"limit": 0}), 422),
        (raw.get("/_mock/journal", params={"after": "x"}), 422),
        (raw.get("/_mock/faults", headers={"Authorization": ""}), 401),
        (raw.get("/_mock/faults", headers={"Authorization": "Basic x"}), 401),
    ]
    assert [reply.status_code for reply, _ in cases] == [status for _, status in cases]
    assert all(error_of(reply) for reply, _ in cases)


def test_an_admin_token_is_asked_for_everywhere_but_by_health(guarded):
    key = {"Authorization": "Bearer sk-a"}
    with httpx2.Client(base_url=guarded.url, trust_env=False) as plain:
        paths = plain.get("/_mock/openapi.json").json()["paths"]
        paths = {each: verbs for each, verbs in paths.items() if each.startswith("/_mock/")}
        assert len(paths) >= 7
        for method, path in [(verb, each) for each, verbs in paths.items() for verb in verbs]:
            status = plain.request(method, path, headers=key).status_code
            assert status == (200 if path == "/_mock/health" else 401), (method, path)
        reply = plain.post("/_mock/reset", headers=key)
        assert reply.status_code == 401
        assert "admin token" in error_of(reply)
        good = key | {"X-Admin-Token": TOKEN}
        assert plain.post("/_mock/reset", headers=good).status_code == 200
        # The API itself needs no token: the client under test does not know it.
        body = {"model": "gpt-4", "messages": HI}
        assert plain.post("/v1/chat/completions", json=body, headers=key).status_code == 200


def test_connecting_without_the_token_or_to_nothing_says_what_to_do(guarded):
    with pytest.raises(ServerProblem, match="admin token"):
        connect(guarded.url, api_key="sk-a")
    with pytest.raises(ServerProblem, match="admin token"):
        connect(guarded.url, api_key="sk-a", admin_token=TOKEN[:-1])
    assert connect(guarded.base_url, api_key="sk-new", admin_token=TOKEN).journal() == []
    with pytest.raises(ServerProblem, match="Start one: mock-llm serve"):
        connect("http://127.0.0.1:1", api_key="sk-a")


def test_over_the_wire_a_lab_sees_only_itself(mock, raw, ask):
    ask()
    stranger = {"Authorization": f"Bearer sk-{uuid.uuid4().hex}"}
    assert raw.get("/_mock/journal", headers=stranger).json()["entries"] == []
    assert raw.get("/_mock/ledger", headers=stranger).json()["total_nanodollars"] == 0


def test_health_says_that_the_server_is_up(raw):
    health = raw.get("/_mock/health", headers={"Authorization": ""}).json()
    assert health["status"] == "ok"
    assert {"healthy", "instant"} <= set(health["scenarios"])
