from types import SimpleNamespace

import pytest

from mock_llm.evidence.budgets import Budget, Budgets, parse_budget
from mock_llm.evidence.ledger import Ledger, Line
from mock_llm.yamlfile import SettingError, Table


def visit(*, cost=0, day="2026-11-22", **scope):
    who = {"model": None, "user": None, "feature": None, "key": "sk-1"} | scope
    return SimpleNamespace(cost_nanodollars=cost, set_aside=0, day=day, **who)


def spend(budgets, cost, **about):
    budgets.settle(visit(cost=cost, **about))


def test_a_budget_lets_requests_pass_until_it_is_spent():
    budgets = Budgets([Budget(100)])
    spend(budgets, 99)
    assert budgets.exhausted(visit()) is None
    spend(budgets, 1)
    assert budgets.exhausted(visit()) == Budget(100)


def test_a_daily_budget_starts_anew_each_day():
    budgets = Budgets([Budget(100, per="day")])
    spend(budgets, 100, day="2026-11-22")
    assert budgets.exhausted(visit(day="2026-11-22"))
    assert not budgets.exhausted(visit(day="2026-11-23"))


@pytest.mark.parametrize("scope", ["model", "user", "feature", "key"])
def test_a_budget_covers_its_scope_and_nothing_else(scope):
    budgets = Budgets([Budget(10, **{scope: "a"})])
    spend(budgets, 50, **{scope: "b"})
    assert not budgets.exhausted(visit(**{scope: "a"}))
    spend(budgets, 10, **{scope: "a"})
    assert budgets.exhausted(visit(**{scope: "a"}))
    assert not budgets.exhausted(visit(**{scope: "b"}))


def test_what_is_set_aside_counts_until_the_request_closes_and_then_what_it_cost():
    budgets = Budgets([Budget(100)])
    under_way = visit()
    budgets.set_aside(under_way, 100)
    assert budgets.exhausted(visit())
    under_way.cost_nanodollars = 30
    budgets.settle(under_way)
    assert list(budgets.left("2026-11-22")) == [(Budget(100), 70)]


def test_what_was_spent_before_counts_in_a_new_budget():
    line = Line("req_1", "m", "ann", "", 1, 0, 1, 60, day="2026-11-22")
    budgets = Budgets([Budget(100, user="ann"), Budget(100, user="bob")], Ledger([line]))
    assert [left for _, left in budgets.left("2026-11-22")] == [40, 100]


def test_a_budget_is_read_from_plain_data_and_written_back():
    data = {"dollars": 2.5, "per": "day", "user": "ann"}
    budget = parse_budget(Table.of(data, "budget"))
    assert budget == Budget(2_500_000_000, "day", user="ann")
    assert budget.to_dict() == data


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        ({}, "dollars: is missing"),
        ({"dollars": -1}, "dollars: must be 0 or more"),
        ({"dollars": 1, "per": "week"}, "per: 'week' is neither total nor day"),
        ({"dollars": 1, "usr": "ann"}, "usr: is not a setting"),
    ],
)
def test_a_budget_that_cannot_be_used_says_why(data, complaint):
    with pytest.raises(SettingError, match=complaint):
        parse_budget(Table.of(data, "budget"))
