import pytest

from mock_llm import MockLLM
from mock_llm.clock import Clock
from mock_llm.dashboard import watch as watching
from mock_llm.dashboard.watch import Watch
from mock_llm.dashboard.window import WINDOW_S, last_minute, latencies, rate, series
from mock_llm.evidence.prices import Usage

USED = Usage(1000, 100)


class ByHand(Clock):
    """A clock that a test moves."""

    def __init__(self):
        self.now = 1000.0

    def monotonic(self):
        return self.now

    def wall(self):
        return 1_795_000_000.0 + self.now


@pytest.fixture
def clock():
    return ByHand()


@pytest.fixture
def lab(clock):
    return MockLLM("instant", clock=clock).lab("sk-1")


def begin(lab, user=None):
    one = lab.arrive("/v1/chat/completions")
    one.model, one.usage, one.user = "gpt-6-luna", USED, user
    one.content = f"{one.sequence} gpt-6-luna"
    return one


def visit(lab, outcome="ok", status=200, **more):
    one = begin(lab, **more)
    one.close(outcome, status)
    return one


def counted(watch, now):
    return sum(series([watch.window], int(now) + 1)["requests"])


def test_totals_are_those_of_the_tally_and_the_ledger(lab):
    for user in ("ann", "bob", "ann"):
        visit(lab, user=user)
    visit(lab, outcome="error", status=400)
    watch = Watch(lab)
    watch.look(50.0)
    assert (watch.totals.requests, watch.totals.failed) == (4, 1)
    ledger = lab.ledger()
    assert watch.totals.cost_nanodollars == ledger.total_nanodollars
    costs = {name: row[4] for name, row in watch.spending.tables().by["user"].items()}
    assert costs == ledger.by("user")


def test_what_a_request_does_not_cost_any_more_is_taken_out_again(lab):
    cancelled, watch = visit(lab, user="ann"), Watch(lab)
    visit(lab, user="bob")
    watch.look(50.0)
    cancelled.cancel(lambda: setattr(cancelled, "usage", Usage(1000, 1)))
    visit(lab)  # the request that cancelled it
    watch.look(51.0)
    assert watch.totals.cost_nanodollars == lab.ledger().total_nanodollars
    costs = {name: row[4] for name, row in watch.spending.tables().by["user"].items()}
    assert costs == lab.ledger().by("user")


def test_a_request_that_took_long_is_counted_though_later_ones_were_read_before(lab, clock):
    watch = Watch(lab)
    slow = begin(lab)
    for _ in range(3):
        visit(lab)
    watch.look(50.0)
    clock.now += 20
    slow.close("ok", 200)
    watch.look(70.0)
    assert counted(watch, 70) == 4
    assert last_minute([watch.window], 70)["duration"]["p99"] == pytest.approx(20, rel=0.02)


def test_every_request_is_counted_in_the_second_in_which_it_ended(lab, clock):
    visit(lab)
    clock.now += 30
    visit(lab)
    visit(lab)
    clock.now += 5
    watch = Watch(lab)
    watch.look(100.5)
    requests = series([watch.window], 101)["requests"]
    assert {second: count for second, count in enumerate(requests) if count} == {
        WINDOW_S - 101 + 65: 1,
        WINDOW_S - 101 + 95: 2,
    }
    assert rate([watch.window], 101) == 0.2


def test_what_is_new_is_never_older_than_the_last_look_whatever_the_labs_clock_does(lab, clock):
    watch = Watch(lab)
    watch.look(100.0)
    visit(lab)
    clock.now += 3600
    visit(lab)
    watch.look(101.0)
    assert counted(watch, 101) == 2
    clock.now -= 7200  # a clock that was reset
    visit(lab)
    watch.look(102.0)
    assert counted(watch, 102) == 3


def test_nothing_is_read_where_nothing_is_new(lab, monkeypatch):
    visit(lab)
    watch = Watch(lab)
    watch.look(50.0)
    monkeypatch.setattr(watching, "news", lambda *_, **__: pytest.fail("read again"))
    monkeypatch.setattr(watching, "total_and_costs", lambda _: pytest.fail("read again"))
    watch.look(51.0)


def test_a_look_reads_a_bounded_number_of_requests_and_counts_the_others(lab, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 3)
    for _ in range(5):
        visit(lab)
    watch = Watch(lab)
    watch.look(50.0)
    assert (counted(watch, 50), watch.unread, watch.totals.requests) == (3, 2, 5)
    visit(lab)
    watch.look(51.0)
    assert (counted(watch, 51), watch.unread) == (4, 2)


def test_what_is_not_read_one_by_one_is_counted_all_the_same(lab, clock, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 3)
    watch = Watch(lab)
    watch.look(50.0)
    clock.now += 4
    for outcome in ("ok", "error", "ok", "ok", "error", "ok", "ok", "ok", "ok", "ok"):
        visit(lab, outcome=outcome)
    watch.look(54.0)
    found = series([watch.window], 55)
    assert {name: sum(values) for name, values in found.items()} == {
        "requests": 10,
        "failed": 2,
        "cost_nanodollars": lab.ledger().total_nanodollars,
        "prompt_tokens": 10 * USED.prompt,
        "completion_tokens": 10 * USED.completion,
    }
    # Seven were not read, and are spread over the four seconds since the last look.
    assert found["requests"][-5:] == [1, 2, 2, 2, 3]


def billed(watch):
    return watch.spending.tables().total[0]


def test_spending_is_exact_without_the_ledger_being_read(lab, monkeypatch):
    monkeypatch.setattr(watching, "total_and_costs", lambda _: pytest.fail("read"))
    watch = Watch(lab)
    for now in (50.0, 51.0, 52.0):
        visit(lab, user="ann")
        watch.look(now)
    spent = watch.spending.tables()
    assert {name: row[4] for name, row in spent.by["user"].items()} == lab.ledger().by("user")


def test_where_requests_were_not_read_the_ledger_is(lab, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 2)
    monkeypatch.setattr(watching, "perf_counter", lambda: 0.0)
    watch = Watch(lab)
    for now, count in ((50.0, 5), (51.0, 1), (52.0, 4), (53.0, 2)):
        for number in range(count):
            visit(lab, user=f"user {number}")
        watch.look(now)
        assert {
            name: row[4] for name, row in watch.spending.tables().by["user"].items()
        } == lab.ledger().by("user")


def test_a_request_that_ends_while_the_ledger_is_read_is_counted_once(lab, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 2)
    read = watching.total_and_costs

    def meanwhile(records):
        visit(lab)
        return read(records)

    monkeypatch.setattr(watching, "total_and_costs", meanwhile)
    for _ in range(3):
        visit(lab)
    watch = Watch(lab)
    watch.look(50.0)
    assert billed(watch) == 4
    visit(lab)
    watch.look(51.0)
    assert billed(watch) == 5


def test_the_ledger_is_read_no_more_often_than_its_share_of_a_core_allows(lab, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 1)
    times = iter([0.0, 0.04, 0.2, 0.3])
    monkeypatch.setattr(watching, "perf_counter", lambda: next(times))
    watch = Watch(lab)
    seen = []
    for now in (50.0, 51.0, 51.9, 52.1):
        visit(lab)
        visit(lab)
        watch.look(now)
        seen.append(billed(watch))
    assert seen == [2, 3, 4, 8]


def test_a_reset_begins_anew(lab):
    visit(lab)
    watch = Watch(lab)
    watch.look(50.0)
    lab.reset()
    watch.look(51.0)
    assert (counted(watch, 51), watch.totals.requests, billed(watch)) == (0, 0, 0)


def test_what_is_older_than_ten_minutes_is_forgotten(lab):
    watch = Watch(lab)
    for second in range(0, 3 * WINDOW_S, 5):
        visit(lab)
        watch.look(float(second))
    assert len(watch.window._seconds) <= WINDOW_S + 1
    assert len(watch.window._slots) <= WINDOW_S / 10 + 2


def test_failures_have_their_reasons(lab):
    for fault, error in ((None, "quota_exhausted"), (None, "quota_exhausted"), ("hang", None)):
        one = begin(lab)
        one.fault, one.error = fault, error
        one.close("error", 429)
    watch = Watch(lab)
    watch.look(50.0)
    assert watch.failures() == {
        ("error", "quota_exhausted", 429): 2,
        ("fault", "hang", 429): 1,
    }


def test_failures_that_were_not_read_are_counted_without_a_reason(lab, monkeypatch):
    monkeypatch.setattr(watching, "MOST_READ", 1)
    for _ in range(3):
        one = begin(lab)
        one.error = "missing"
        one.close("error", 400)
    watch = Watch(lab)
    watch.look(50.0)
    assert watch.failures() == {("error", "missing", 400): 1, ("error", "", 400): 2}


def test_latencies_have_a_value_for_each_ten_seconds_and_none_where_nothing_ended(lab, clock):
    watch = Watch(lab)
    watch.look(40.0)
    one = begin(lab)
    one.first_token_s = 0.5
    clock.now += 2
    one.close("ok", 200)
    watch.look(42.0)
    found = latencies([watch.window], 55)
    assert [len(values) for values in found.values()] == [60] * 4
    assert found["p95"][-2:] == [pytest.approx(2, rel=0.02), None]
    assert found["first_token_p50"][-2] == pytest.approx(0.5, rel=0.02)


def test_a_lab_that_cannot_be_read_says_why_until_it_can(lab, monkeypatch, caplog):
    visit(lab)
    watch = Watch(lab)
    watch.look(50.0)

    def fails(*_):
        raise OverflowError("far too late")

    with monkeypatch.context() as broken:
        broken.setattr(watching, "news", fails)
        visit(lab)
        for now in (51.0, 52.0):
            assert watch.look(now) == 0
        assert watch.problem == "OverflowError: far too late"
        assert (counted(watch, 52), watch.totals.requests) == (0, 0)
    assert len(caplog.records) == 1  # said once, not at every look
    watch.look(53.0)
    assert (watch.problem, watch.totals.requests, billed(watch)) == ("", 2, 2)


def test_budgets_are_those_of_the_look(lab):
    lab.set_budgets([{"dollars": 1}])
    watch = Watch(lab)
    watch.look(50.0)
    assert [left for _, left in watch.budgets] == [1_000_000_000]
    visit(lab)
    watch.look(51.0)
    assert [left for _, left in watch.budgets] == [1_000_000_000 - lab.ledger().total_nanodollars]
