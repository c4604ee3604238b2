import pytest

from mock_llm import MockLLM
from mock_llm.dashboard import callers as calling
from mock_llm.dashboard.breakdown import TOP, TOP_FAILING, breakdown
from mock_llm.dashboard.callers import Callers
from mock_llm.dashboard.watch import Watch
from mock_llm.evidence.ledger import OTHERS
from mock_llm.evidence.prices import Usage


@pytest.fixture
def lab():
    return MockLLM("instant").lab("sk-1")


def visit(lab, user, *, outcome="ok", duration_s=1.0):
    one = lab.arrive("/v1/chat/completions")
    one.model, one.user = "gpt-6-luna", user
    if outcome == "ok":
        one.usage = Usage(100, 5)
    one.close(outcome, 200 if outcome == "ok" else 400)
    one.duration_s = duration_s
    return one


def rows(*watches, by="user"):
    spent = {}
    for watch in watches:
        for name, row in watch.spending.tables().by[by].items():
            spent[name] = [a + b for a, b in zip(spent.get(name, [0] * 6), row, strict=True)]
    return breakdown(spent, [watch.callers.by[by] for watch in watches])


def named(found):
    return {row["name"]: row for row in found["rows"]}


def watched(lab):
    watch = Watch(lab)
    watch.look(50.0)
    return watch


def test_a_user_whose_requests_all_failed_is_there(lab):
    visit(lab, "ann")
    for _ in range(2):
        visit(lab, "bob", outcome="error", duration_s=3.0)
    found = named(rows(watched(lab)))
    assert (found["ann"]["requests"], found["ann"]["failed"]) == (1, 0)
    bob = found["bob"]
    assert (bob["requests"], bob["failed"], bob["billed"], bob["cost_nanodollars"]) == (2, 2, 0, 0)
    assert bob["duration"] == pytest.approx({"p50": 3, "p95": 3, "p99": 3}, rel=0.02)


def test_every_feature_and_model_has_latencies_of_its_own(lab):
    for feature, duration_s in (("search", 0.5), ("chat", 8.0)):
        visit(lab, "ann", duration_s=duration_s).feature = feature
    watch = watched(lab)
    found = named(rows(watch, by="feature"))
    assert found["search"]["duration"]["p99"] == pytest.approx(0.5, rel=0.02)
    assert found["chat"]["duration"]["p50"] == pytest.approx(8, rel=0.02)
    assert named(rows(watch, by="model"))["gpt-6-luna"]["duration"]["p50"] == pytest.approx(
        0.5, rel=0.02
    )


def test_one_user_of_several_labs_is_one_row():
    mock = MockLLM("instant")
    for key, duration_s in (("sk-1", 1.0), ("sk-2", 4.0)):
        visit(mock.lab(key), "ann", duration_s=duration_s)
    (ann,) = rows(watched(mock.lab("sk-1")), watched(mock.lab("sk-2")))["rows"]
    assert ann["requests"] == 2
    assert ann["duration"] == pytest.approx({"p50": 1, "p95": 4, "p99": 4}, rel=0.02)


def test_latencies_older_than_ten_minutes_are_forgotten_and_counts_are_not(lab):
    callers = Callers()
    callers.add(100, visit(lab, "ann"))
    for second in range(0, 6_000, 60):
        callers.add(second, visit(lab, "bob"))
        callers.forget(second)
    users = callers.by["user"]
    assert list(users.sketches("ann")) == []
    assert users.counts["ann"] == [1, 0]
    assert len(list(users.sketches("bob"))) == 11


def test_names_that_clients_choose_take_bounded_memory_and_none_is_lost(lab, monkeypatch):
    monkeypatch.setattr(calling, "MOST_NAMES", 4)
    monkeypatch.setattr(calling, "MOST_TIMED", 2)
    callers = Callers()
    for number in range(20):
        callers.add(100, visit(lab, f"user {number}"))
    users = callers.by["user"]
    assert users.counts == {**{f"user {n}": [1, 0] for n in range(4)}, OTHERS: [16, 0]}
    assert [len(list(users.sketches(name))) for name in ("user 1", "user 2")] == [1, 0]


def test_who_costs_most_comes_first_then_who_fails_most_and_the_others_are_counted():
    spent = {f"user {n:02}": [1, 10, 0, 5, 1000 - n, 0] for n in range(TOP + 5)}
    callers = Callers().by["user"]
    for number in range(TOP_FAILING + 3):
        for _ in range(number + 1):
            callers.add(1, f"failing {number}", failed=True, duration_s=1.0)
    found = breakdown(spent, [callers])
    names = [row["name"] for row in found["rows"]]
    assert names[:TOP] == [f"user {n:02}" for n in range(TOP)]
    assert names[TOP:] == [f"failing {n}" for n in range(TOP_FAILING + 2, 2, -1)]
    assert found["more"] == 5 + 3


def test_requests_that_the_ledger_knows_and_nobody_read_count_as_requests():
    found = breakdown({"ann": [7, 10, 0, 5, 1000, 0]}, [Callers().by["user"]])
    (ann,) = found["rows"]
    assert (ann["requests"], ann["failed"], ann["duration"]) == (7, 0, None)
