import json
import random
from types import SimpleNamespace

import pytest

from mock_llm.evidence.ledger import OTHERS, Account, Book, Ledger
from mock_llm.evidence.prices import Usage


def line(cost, model="m", user="", feature="", number=0):
    """A request that cost so much."""
    return SimpleNamespace(
        token=str(number),
        account=Account(model, user, feature, "2026-11-22", "sk-1", "standard"),
        usage=Usage(10, 5, cached=2),
        cost_nanodollars=cost,
    )


def test_the_total_is_the_exact_sum_of_the_lines_and_of_every_breakdown():
    rng, book, costs = random.Random(1), Book(), []  # noqa: S311
    for number in range(500):
        costs.append(rng.randrange(10**15))
        who = (rng.choice("ab"), rng.choice(["", "u1", "u2"]), rng.choice(["", "f"]))
        book.write(line(costs[-1], *who, number=number))
    ledger = book.page().ledger()
    assert ledger.total_nanodollars == sum(costs) == sum(e.cost_nanodollars for e in ledger.lines)
    for dimension in ("model", "user", "feature"):
        assert sum(ledger.by(dimension).values()) == sum(costs)


def test_costs_are_added_up_by_model_user_and_feature():
    book = Book()
    book.write(line(1, "a", "ann", "search"))
    book.write(line(10, "a", "bob", "search"))
    book.write(line(100, "b", "ann"))
    ledger = book.page().ledger()
    assert ledger.by("model") == {"a": 11, "b": 100}
    assert ledger.by("user") == {"ann": 101, "bob": 10}
    assert ledger.by("feature") == {"search": 11, "": 100}


def test_old_lines_are_carried_forward_without_losing_a_nanodollar():
    book = Book(kept=3)
    for number in range(10):
        book.write(line(2**number, "ab"[number % 2], "u", number=number))
    ledger = book.page().ledger()
    assert ledger.total_nanodollars == 1023
    assert [each.request_id for each in ledger.lines] == [None, None, "req_7", "req_8", "req_9"]
    assert sum(each.requests for each in ledger.lines) == 10
    assert sum(each.prompt_tokens for each in ledger.lines) == 100
    assert ledger.by("model") == {"a": sum(2**n for n in range(0, 10, 2)), "b": 682}


def test_users_without_number_do_not_make_the_ledger_grow_without_bound(monkeypatch):
    monkeypatch.setattr("mock_llm.evidence.ledger.KEPT_ACCOUNTS", 5)
    book = Book(kept=0)
    for number in range(50):
        book.write(line(1, "m", f"user {number}"))
    ledger = book.page().ledger()
    assert len(ledger.lines) == 6
    assert ledger.total_nanodollars == 50
    assert ledger.by("user")[OTHERS] == 45


def test_an_unknown_dimension_is_refused():
    with pytest.raises(ValueError, match="user, feature, tier, not 'colour'"):
        Ledger([]).by("colour")


def test_a_ledger_survives_the_wire():
    book = Book(kept=1)
    for number in range(3):
        book.write(line(10**18 + number, number=number))
    ledger = book.page().ledger()
    assert Ledger.from_dict(json.loads(json.dumps(ledger.to_dict()))) == ledger


@pytest.mark.parametrize("kept", [10, 1])
def test_a_request_can_be_billed_anew_whether_or_not_it_has_a_line_of_its_own(kept):
    book, changed = Book(kept), line(7, number=0)
    book.write(changed)
    book.write(line(100, number=1))
    was = changed.account, changed.usage, changed.cost_nanodollars
    changed.usage, changed.cost_nanodollars = Usage(10, 1), 3
    book.amend(changed, *was)
    ledger = book.page().ledger()
    assert ledger.total_nanodollars == 103
    assert sum(each.requests for each in ledger.lines) == 2
    assert sum(each.completion_tokens for each in ledger.lines) == 6
    was = changed.account, changed.usage, changed.cost_nanodollars
    changed.usage, changed.cost_nanodollars = Usage(0, 0), 0
    book.amend(changed, *was)
    (left,) = book.page().ledger().lines
    assert (left.cost_nanodollars, left.requests, left.prompt_tokens) == (100, 1, 10)


def test_what_cost_nothing_before_has_no_line_to_change():
    book, free = Book(), line(0)
    free.usage = Usage(0, 0)
    book.amend(free, free.account, free.usage, 0)
    assert book.page().ledger().lines == []
