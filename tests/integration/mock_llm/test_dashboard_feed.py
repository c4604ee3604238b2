"""The dashboard over HTTP: who sees what, the feed, controls, exports and /metrics."""

import csv
import io
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import httpx2
import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from mock_llm import ManualClock, MockLLM
from mock_llm.dashboard import files, site
from mock_llm.dashboard import watch as watching
from mock_llm.evidence.budgets import Budget
from mock_llm.evidence.records import Records
from mock_llm.model.models import load_models

TOKEN = "letmein"  # noqa: S105
ROOM = "/_mock/room"
NASTY = '<img src=x onerror="window.hacked=1">'


@pytest.fixture
def room():
    """A server of its own: these tests look at all labs together."""
    with MockLLM("instant") as running:
        yield running


@pytest.fixture
def guarded():
    with MockLLM("instant", admin_token=TOKEN) as running:
        yield running


@pytest.fixture
def web(room):
    with httpx2.Client(base_url=room.url, trust_env=False, timeout=20) as plain:
        yield plain


@pytest.fixture
def guarded_web(guarded):
    with httpx2.Client(base_url=guarded.url, trust_env=False, timeout=20) as plain:
        yield plain


def ask(web, key, text="hi", **more):
    body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": text}], **more}
    return web.post(
        "/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}
    ).status_code


def feed(web, **options):
    reply = web.get(ROOM, **options)
    assert reply.status_code == 200, reply.text
    return reply.json()


def ids(web, **options):
    return {lab["key"]: lab["id"] for lab in feed(web, **options)["labs"]}


def change(web, control, **values):
    return web.post(f"{ROOM}/{control}", json=values)


def test_the_page_and_its_files_come_with_a_strict_policy(web):
    page = web.get("/")
    assert page.status_code == 200
    assert "<title>mock_llm</title>" in page.text
    assert web.get("/dashboard").text == page.text
    for path in ("/", "/dashboard/style.css", "/dashboard/main.js", "/dashboard/plotly.min.js"):
        reply = web.get(path)
        assert reply.status_code == 200
        policy = reply.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'; script-src 'self';")
        assert "unsafe" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert "<script>" not in page.text
    assert "style=" not in page.text


def test_files_are_sent_again_only_when_they_changed(web):
    first = web.get("/dashboard/plotly.min.js")
    assert first.headers["content-encoding"] == "gzip"
    again = web.get("/dashboard/plotly.min.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/dashboard/nothing.js", "/dashboard/..%2fsite.py", "/dashboard/site.py"]
)
def test_no_other_file_is_sent(web, path):
    assert web.get(path).status_code == 404


@pytest.mark.parametrize("what", ["left", "closed"])
def test_a_lab_that_cannot_be_read_hides_no_other(web, room, monkeypatch, what):
    ask(web, "sk-a")
    ask(web, "sk-b")
    sound = getattr(Records, what)

    def broken(self, *arguments):
        if self.api_key == "sk-a":
            raise OverflowError("out of the calendar")
        return sound(self, *arguments)

    monkeypatch.setattr(Records, what, broken)
    answer = feed(web)
    first, second = answer["labs"]
    assert (first["key"], first["problem"]) == ("sk-a", "OverflowError: out of the calendar")
    assert (second["key"], second["problem"], second["requests"]) == ("sk-b", None, 1)
    assert answer["room"]["requests"] == answer["details"]["ledger"]["requests"] == 1
    chosen = feed(web, params={"lab": first["id"]})
    assert chosen["details"]["ledger"]["requests"] == 0
    monkeypatch.undo()
    room.app._dashboard = None  # what is shown is shared for a moment
    assert feed(web)["room"]["requests"] == 2


def test_the_feeds_totals_are_exact(web, room):
    for number in range(7):
        ask(web, "sk-a", user="ann" if number % 2 else "bob", metadata={"feature": "search"})
    ask(web, "sk-b", model="gpt-9")
    answer = feed(web)
    spent = room.lab("sk-a").ledger()
    assert answer["room"]["cost_nanodollars"] == spent.total_nanodollars
    assert (answer["room"]["requests"], answer["room"]["failed"]) == (8, 1)
    rows = answer["details"]["by"]["user"]["rows"]
    costs = {row["name"]: row["cost_nanodollars"] for row in rows}
    assert costs == {**spent.by("user"), "": 0}  # who was refused cost nothing, and is there
    assert answer["details"]["by"]["feature"]["rows"][0]["name"] == "search"
    assert [row["cause"] for row in answer["details"]["failures"]] == ["unknown_model"]
    assert {lab["key"]: lab["requests"] for lab in answer["labs"]} == {"sk-a": 7, "sk-b": 1}


def test_one_lab_is_chosen_by_an_id_that_does_not_tell_its_key(web):
    long = "sk-" + "secret" * 10
    ask(web, long)
    ask(web, "sk-b")
    text = web.get(ROOM).text
    assert long not in text
    assert "secretsecret" not in text
    assert long not in repr(ids(web))
    answer = feed(web, params={"lab": ids(web)["sk-b"]})
    assert answer["chosen"] == ids(web)["sk-b"]
    assert answer["details"]["ledger"]["requests"] == 1
    assert answer["room"]["requests"] == 2
    assert web.get(ROOM, params={"lab": "sk-b"}).status_code == 404


def test_what_was_paid_again_and_what_the_prompt_cache_saved_are_told_apart(web, room):
    long = "Read this. " * 800
    for _ in range(3):
        ask(web, "sk-a", long)
    ask(web, "sk-a", long + "And this.")
    details = feed(web)["details"]
    costs = [line.cost_nanodollars for line in room.lab("sk-a").ledger().lines]
    assert details["repeats"] == {"requests": 2, "nanodollars": sum(costs[1:3])}
    cached = details["ledger"]["cached_tokens"]
    assert cached > 1000
    assert details["ledger"]["saved_nanodollars"] == cached * (100 - 10)


def test_budgets_show_what_they_leave(web, room):
    room.lab("sk-a").records.set_budgets([Budget(10_000_000, per="day", user="ann")])
    ask(web, "sk-a", user="ann")
    (budget,) = feed(web)["details"]["budgets"]
    spent = room.lab("sk-a").ledger().total_nanodollars
    assert spent > 0
    assert budget["left_nanodollars"] == 10_000_000 - spent
    assert (budget["per"], budget["scope"], budget["key"]) == ("day", {"user": "ann"}, "sk-a")


def test_a_scenario_plays_in_one_lab_or_in_the_whole_room(web, room):
    for key in ("sk-a", "sk-b"):
        ask(web, key)
    reply = change(web, "scenario", lab=ids(web)["sk-a"], scenario="healthy")
    assert reply.json() == {"labs": 1}
    assert room.lab("sk-a").scenario().name == "healthy"
    assert room.lab("sk-b").scenario().name == "instant"
    assert change(web, "scenario", lab="all", scenario="healthy").json() == {"labs": 2}
    assert room.lab("sk-b").scenario().name == "healthy"
    assert {lab["scenario"] for lab in feed(web)["labs"]} == {"healthy"}


def test_what_the_whole_room_was_told_holds_for_labs_that_are_opened_later_until_it_is_reset(
    web, room
):
    ask(web, "sk-a")
    change(web, "latency", lab="all", ttft_median_s=0.5, per_token_median_s=0)
    change(web, "budget", lab="all", dollars=3)
    assert change(web, "scenario", lab="all", scenario="outage").json() == {"labs": 1}
    change(web, "failures", lab="all", kind="hang", probability=0.5)
    change(web, "failures", lab="all", kind="reset", probability=0.5)
    change(web, "failures", lab="all", kind="hang", probability=0)
    late = room.lab("sk-late")
    assert late.scenario().name == "outage"
    assert late.latency() == late.scenario().latency  # the scenario ended what was set before
    assert [fault.kind for fault in late.faults()][-1] == "reset"
    assert [fault.kind for fault in late.faults()].count("hang") == 1  # the outage's own
    assert [budget.limit_nanodollars for budget, _ in late.budgets()] == [3_000_000_000]
    change(web, "reset", lab="all")
    assert room.lab("sk-later").scenario().name == "instant"
    assert room.lab("sk-later").budgets() == []


def test_who_comes_late_to_a_scenario_is_as_far_in_it_as_the_room():
    clock = ManualClock()
    with (
        MockLLM("instant", clock=clock) as room,
        httpx2.Client(base_url=room.url, trust_env=False, timeout=20) as web,
    ):
        first = room.lab("sk-a")
        change(web, "scenario", lab="all", scenario="brownout")
        clock.advance(45)
        late, luna = room.lab("sk-late"), load_models()["gpt-6-luna"]
        assert late.pace(luna) == first.pace(luna) != late.latency().of(luna)
        clock.advance(20)
        assert late.pace(luna) == first.pace(luna)


def test_what_one_lab_was_told_is_not_told_to_those_that_are_opened_later(web, room):
    ask(web, "sk-a")
    change(web, "scenario", lab=ids(web)["sk-a"], scenario="outage")
    assert room.lab("sk-late").scenario().name == "instant"
    change(web, "scenario", lab="all", scenario="outage")
    change(web, "reset", lab=ids(web)["sk-a"])
    assert room.lab("sk-later").scenario().name == "outage"


def test_sliders_change_one_lab(web, room):
    for key in ("sk-a", "sk-b"):
        ask(web, key)
    a = ids(web)["sk-a"]
    assert change(web, "latency", lab=a, ttft_median_s=0.2).status_code == 200
    assert change(web, "failures", lab=a, kind="unavailable", probability=1).status_code == 200
    assert room.lab("sk-a").latency().default.ttft_median_s == 0.2
    assert ask(web, "sk-a") == 503
    assert ask(web, "sk-b") == 200


def test_the_next_look_after_a_change_shows_it(web):
    ask(web, "sk-a")
    feed(web)
    change(web, "reset", lab="all")
    assert feed(web)["room"]["requests"] == 0


@pytest.mark.parametrize(
    ("control", "values", "status"),
    [
        ("scenario", {"lab": "all", "scenario": "sunny"}, 422),
        ("scenario", {"scenario": "instant"}, 422),
        ("scenario", {"lab": "nobody", "scenario": "instant"}, 404),
        ("scenario", {"lab": 5, "scenario": "instant"}, 422),
        ("latency", {"lab": "all", "ttft_median_s": "x"}, 422),
        ("explode", {"lab": "all"}, 404),
        ("scenario", ["all"], 422),
    ],
)
def test_wrong_changes_are_refused_with_a_reason(web, room, control, values, status):
    ask(web, "sk-a")
    reply = web.post(f"{ROOM}/{control}", json=values)
    assert reply.status_code == status
    assert reply.json()["error"]["message"]
    assert room.lab("sk-a").scenario().name == "instant"


def test_another_sites_form_changes_nothing(web, room):
    ask(web, "sk-a")
    body = b'{"lab": "all"}'
    for type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        reply = web.post(f"{ROOM}/reset", content=body, headers={"Content-Type": type})
        assert reply.status_code == 415
    assert len(room.lab("sk-a").journal()) == 1


def test_bodies_that_are_no_json_or_too_long_are_refused(web):
    headers = {"Content-Type": "application/json"}
    assert web.post(f"{ROOM}/reset", content=b"{", headers=headers).status_code == 400
    long = b'{"lab": "' + b"a" * 20_000 + b'"}'
    assert web.post(f"{ROOM}/reset", content=long, headers=headers).status_code == 413


def test_without_the_admin_token_a_key_shows_its_own_labs_counts_and_no_more(guarded_web):
    for key in ("sk-a", "sk-b"):
        ask(guarded_web, key, user="ann")
    own = {"Authorization": "Bearer sk-a"}
    admin = {"X-Admin-Token": TOKEN}
    answer = feed(guarded_web, headers=own)
    assert [lab["key"] for lab in answer["labs"]] == ["sk-a"]
    assert answer["room"]["requests"] == 1
    other = ids(guarded_web, headers=admin)["sk-b"]
    assert feed(guarded_web, headers=own, params={"lab": other})["chosen"] != other
    assert guarded_web.get(f"{ROOM}/choices", headers=own).json()["may_control"] is False
    assert feed(guarded_web, headers=admin)["room"]["requests"] == 2


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Admin-Token": "wrong"}, {"X-Admin-Token": "wrong", "Authorization": "Bearer sk-a"}],
)
def test_who_says_nothing_or_something_wrong_sees_nothing(guarded_web, headers):
    paths = (ROOM, f"{ROOM}/choices", f"{ROOM}/verdict", f"{ROOM}/journal.csv", "/metrics")
    for path in paths:
        reply = guarded_web.get(path, headers=headers)
        assert reply.status_code == 401
        assert reply.json()["error"]["type"] == "authentication_error"
    reset = guarded_web.post(f"{ROOM}/reset", headers=headers, json={"lab": "all"})
    assert reset.status_code == 401
    assert guarded_web.get("/").status_code == 200  # the page itself asks for the token


def test_a_key_alone_neither_changes_its_lab_nor_reads_its_journal(guarded, guarded_web):
    own = {"Authorization": "Bearer sk-a"}
    ask(guarded_web, "sk-a")
    id = ids(guarded_web, headers=own)["sk-a"]
    for control in ("scenario", "latency", "failures", "budget", "reset"):
        reply = guarded_web.post(f"{ROOM}/{control}", headers=own, json={"lab": id})
        assert reply.status_code == 401
    for path in ("journal.csv", "journal.json", "ledger.csv", "verdict"):
        reply = guarded_web.get(f"{ROOM}/{path}", headers=own, params={"lab": id})
        assert reply.status_code == 401
    assert len(guarded.lab("sk-a").journal()) == 1


def test_metrics_are_prometheus_text(web, guarded_web):
    ask(web, "sk-a")
    reply = web.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    families = {family.name: family for family in text_string_to_metric_families(reply.text)}
    (sample,) = families["mock_llm_requests"].samples
    assert (sample.labels["lab"], sample.value) == ("sk-a", 1)
    # Prometheus sends its credentials as a bearer's.
    scrape = {"Authorization": f"Bearer {TOKEN}"}
    assert guarded_web.get("/metrics", headers=scrape).status_code == 200


def test_journal_and_ledger_are_exported_for_one_lab_or_all(web, room):
    ask(web, "sk-a", user=NASTY)
    ask(web, "sk-b", user="=1+1")
    reply = web.get(f"{ROOM}/journal.csv", params={"lab": "all"})
    assert reply.headers["content-disposition"] == 'attachment; filename="journal.csv"'
    rows = list(csv.DictReader(io.StringIO(reply.text)))
    assert [(row["lab"], row["user"]) for row in rows] == [("sk-a", NASTY), ("sk-b", "'=1+1")]
    one = web.get(f"{ROOM}/ledger.json", params={"lab": ids(web)["sk-b"]}).json()
    assert [line["user"] for line in one] == ["=1+1"]
    assert one[0]["cost_nanodollars"] == room.lab("sk-b").ledger().total_nanodollars
    assert web.get(f"{ROOM}/journal.xlsx").status_code == 404
    assert web.get(f"{ROOM}/secrets.csv").status_code == 404


def test_the_verdict_is_on_one_lab(web):
    for _ in range(2):
        ask(web, "sk-a")
    found = web.get(f"{ROOM}/verdict", params={"lab": ids(web)["sk-a"]}).json()
    assert (found["requests"], found["judged"]) == (2, 2)
    assert [finding["rule"] for finding in found["findings"]] == ["paid_twice"]


def test_requests_without_a_key_are_shown_too(web):
    web.post("/v1/chat/completions", json={"model": "gpt-6-luna", "messages": []})
    assert [lab["key"] for lab in feed(web)["labs"]] == [""]


def test_only_the_newest_labs_are_shown_where_there_are_very_many(web, room, monkeypatch):
    monkeypatch.setattr("mock_llm.dashboard.room.MOST_LABS", 3)
    for number in range(5):
        room.lab(f"sk-{number}")
    answer = feed(web)
    assert [lab["key"] for lab in answer["labs"]] == ["sk-2", "sk-3", "sk-4"]
    assert answer["labs_not_shown"] == 2


def test_lab_user_and_feature_each_have_failures_and_percentiles(web, room):
    room.lab("sk-a").add_fault("unavailable", user="bob")
    for user in ("ann", "bob", "bob"):
        ask(web, "sk-a", user=user, metadata={"feature": "search"})
    answer = feed(web)
    users = {row["name"]: row for row in answer["details"]["by"]["user"]["rows"]}
    assert {name: (row["requests"], row["failed"]) for name, row in users.items()} == {
        "ann": (1, 0),
        "bob": (2, 2),
    }
    (feature,) = answer["details"]["by"]["feature"]["rows"]
    (lab,) = answer["labs"]
    for row in (users["ann"], users["bob"], feature, lab):
        assert list(row["duration"]) == ["p50", "p95", "p99"]
    assert (lab["requests"], lab["failed"]) == (feature["requests"], feature["failed"]) == (3, 2)


def test_one_lab_that_cannot_be_read_takes_no_other_down(web, monkeypatch):
    for key in ("sk-a", "sk-b"):
        ask(web, key)
    read = watching.news

    def news(records, *rest):
        if records.api_key == "sk-b":
            raise OverflowError("far too late")
        return read(records, *rest)

    monkeypatch.setattr(watching, "news", news)
    answer = feed(web)
    assert {lab["key"]: lab["problem"] for lab in answer["labs"]} == {
        "sk-a": None,
        "sk-b": "OverflowError: far too late",
    }
    assert answer["room"]["requests"] == 1
    assert feed(web, params={"lab": ids(web)["sk-b"]})["details"]["ledger"]["requests"] == 0
    assert change(web, "reset", lab="all").json() == {"labs": 2}


def test_without_the_charts_package_the_page_is_told_so(web, monkeypatch):
    assert web.get(f"{ROOM}/choices").json()["charts"] == "/dashboard/plotly.min.js"
    monkeypatch.setattr(files.importlib.util, "find_spec", lambda name: None)
    files.charts.cache_clear()
    assert web.get(f"{ROOM}/choices").json()["charts"] is None
    assert web.get("/dashboard/plotly.min.js").status_code == 404
    files.charts.cache_clear()


def test_a_server_that_nobody_looks_at_imports_nothing_of_the_dashboard():
    program = (
        "import sys\n"
        "from mock_llm import MockLLM\n"
        "with MockLLM('instant'):\n"
        "    loaded = [name for name in sys.modules if name.split('.')[0] in"
        " ('starlette', 'fastapi', 'plotly') or name.startswith('mock_llm.dashboard.')]\n"
        "assert loaded == ['mock_llm.dashboard.paths'], loaded\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_many_pages_that_open_at_once_share_one_dashboard(web, room, monkeypatch):
    made = []
    make = site.make_site
    monkeypatch.setattr(site, "make_site", lambda *args: made.append(1) or make(*args))
    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(lambda _: web.get(ROOM).status_code, range(16))) == {200}
    assert len(made) == 1


def test_many_pages_that_poll_one_room_share_the_answer(web, room):
    ask(web, "sk-a")
    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: web.get(ROOM).content, range(40)))
    assert len(answers) <= 10  # a slow machine's 40 polls span a few answers


def test_a_poll_stays_small_however_much_a_lab_holds(web, room):
    lab = room.lab("sk-a")
    for number in range(2_000):
        visit = lab.arrive("/v1/chat/completions")
        visit.model, visit.user, visit.feature = "gpt-6-luna", f"user {number}", f"f {number}"
        visit.content = str(number)
        visit.close("ok", 200)
    assert len(orjson.dumps(feed(web))) < 60_000


def test_odd_names_come_back_as_they_are(web):
    for name in (NASTY, "é🙂\u202e", "a" * 200, " "):
        ask(web, "sk-a", user=name)
    names = [row["name"] for row in feed(web)["details"]["by"]["user"]["rows"]]
    assert {NASTY, "é🙂\u202e", "a" * 200, " "} <= set(names)
    assert time.time() - feed(web)["at_s"] < 60
