from datetime import date

import pytest

from mock_llm import MockLLM
from mock_llm.dashboard.reading import Cost, total_and_costs
from mock_llm.dashboard.repeats import Repeats
from mock_llm.dashboard.spending import COLUMNS, Spending, Tables
from mock_llm.evidence.ledger import OTHERS, Account
from mock_llm.evidence.prices import Price, PriceList, Usage
from mock_llm.evidence.visit import NOTHING

PRICE = Price(
    date(2026, 1, 1),
    input=100,
    cached=10,
    output=500,
    long_above=1_000_000,
    long=Price(date(2026, 1, 1), input=200, cached=20, output=750),
    cache_write_5m=125,
)
PRICES = PriceList({"m": [PRICE]})


def cost(usage, user="", tier="standard", day="2026-11-23"):
    return Cost(
        Account("m", user, "", day, "sk-1", tier),
        1,
        usage.prompt,
        usage.cached,
        usage.cache_write_5m,
        usage.completion,
        PRICE.cost(usage, batch=tier == "batch"),
    )


def spent(*costs):
    spending = Spending(PRICES)
    spending.begin(costs)
    return spending.tables()


@pytest.mark.parametrize(
    ("usage", "tier", "expected"),
    [
        (Usage(1000, 50), "standard", 0),
        (Usage(1000, 50, cached=800), "standard", 800 * 90),
        (Usage(1000, 50, cached=800), "batch", 800 * 90 // 2),
        (Usage(2_000_000, 50, cached=1_000_000), "long", 1_000_000 * 180),
        (Usage(1000, 50, cache_write_5m=400), "standard", -400 * 25),
    ],
)
def test_a_prompt_cache_saves_the_difference_to_full_price(usage, tier, expected):
    assert spent(cost(usage, tier=tier)).total[5] == expected


def test_costs_of_many_days_carried_forward_together_save_nothing_that_could_be_told():
    assert spent(cost(Usage(10, 5, cached=5), day=OTHERS)).total[5] == 0


def test_the_sums_are_the_ledgers():
    lab = MockLLM("instant").lab("sk-1")
    lab.records._book._kept = 4  # older lines are carried forward
    for number in range(9):
        visit = lab.arrive("/v1/chat/completions")
        visit.model, visit.user = "gpt-6-luna", f"user {number % 3}"
        visit.usage = Usage(100 + number, 5, cached=number)
        visit.close("ok", 200)
    total, costs = total_and_costs(lab.records)
    spending = Spending(lab.records.prices)
    spending.begin(costs)
    ledger, found = lab.ledger(), spending.tables()
    assert total == 9
    assert {name: row[4] for name, row in found.by["user"].items()} == ledger.by("user")
    assert found.total[:5] == [
        sum(getattr(line, column) for line in ledger.lines) for column in COLUMNS[:5]
    ]


def test_requests_add_up_as_their_lines_would():
    lab = MockLLM("instant").lab("sk-1")
    spending = Spending(lab.records.prices)
    for user, usage in (("ann", Usage(100, 5, cached=50)), ("bob", Usage(7, 3)), ("eve", NOTHING)):
        visit = lab.arrive("/v1/chat/completions")
        visit.model, visit.user, visit.usage = "gpt-6-luna", user, usage
        visit.close("ok", 200)
        spending.add(visit)
    again = Spending(lab.records.prices)
    again.begin(total_and_costs(lab.records)[1])
    assert spending.tables().by == again.tables().by
    assert spending.tables().total == again.tables().total
    assert spending.tables().total[5] == 50 * 90


def test_labs_add_up():
    room = Tables()
    for user in ("ann", "bob"):
        room.add(spent(cost(Usage(100, 5), user)))
        room.add(spent(cost(Usage(100, 5), "ann")))
    assert {name: row[0] for name, row in room.by["user"].items()} == {"ann": 3, "bob": 1}
    assert room.total[0] == 4


def test_the_accounts_that_are_kept_apart_are_bounded_and_none_is_lost(monkeypatch):
    monkeypatch.setattr("mock_llm.dashboard.spending.MOST_ACCOUNTS", 3)
    found = spent(*(cost(Usage(100, 5), f"user {n}") for n in range(10)))
    assert {name: row[0] for name, row in found.by["user"].items()} == {
        "user 0": 1,
        "user 1": 1,
        "user 2": 1,
        OTHERS: 7,
    }


def test_only_what_was_paid_for_before_counts_as_a_repeat():
    lab, repeats = MockLLM("instant").lab("sk-1"), Repeats()
    paid_for = []
    for content, paid in (("a", False), ("a", True), ("a", True), ("b", True), ("", True)):
        visit = lab.arrive("/v1/chat/completions")
        visit.model, visit.content = "gpt-6-luna", content
        visit.usage = Usage(10, 5) if paid else visit.usage
        visit.close("ok", 200)
        paid_for.append(visit.cost_nanodollars)
        repeats.add(visit)
    assert (repeats.requests, repeats.nanodollars) == (1, paid_for[2])


def test_the_contents_that_are_remembered_are_bounded(monkeypatch):
    monkeypatch.setattr("mock_llm.dashboard.repeats.REMEMBERED", 2)
    lab, repeats = MockLLM("instant").lab("sk-1"), Repeats()
    for content in "abcda":
        visit = lab.arrive("/v1/chat/completions")
        visit.model, visit.content, visit.usage = "gpt-6-luna", content, Usage(10, 5)
        visit.close("ok", 200)
        repeats.add(visit)
    assert repeats.requests == 0
    assert len(repeats._paid) == 2
