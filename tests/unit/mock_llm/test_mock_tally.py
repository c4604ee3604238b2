from types import SimpleNamespace

from mock_llm.evidence.prices import Usage
from mock_llm.evidence.tally import MOST_KEYS, OTHER, Key, Tally


def visit(**about):
    usual = {
        "endpoint": "/v1/chat/completions",
        "model": "m",
        "status": 200,
        "outcome": "ok",
        "fault": None,
        "duration_s": 0.5,
        "first_token_s": 0.1,
        "usage": Usage(10, 5, cached=4, reasoning=2),
        "cost_nanodollars": 7,
    }
    return SimpleNamespace(**usual | about)


def test_requests_are_counted_by_what_became_of_them():
    tally = Tally()
    for status, outcome in ((200, "ok"), (200, "ok"), (429, "fault")):
        tally.add(
            visit(status=status, outcome=outcome, fault="rate_limited" if status > 200 else None)
        )
    counts = {key: account.requests for key, account in tally.accounts.items()}
    assert counts == {
        Key("/v1/chat/completions", "m", 200, "ok", ""): 2,
        Key("/v1/chat/completions", "m", 429, "fault", "rate_limited"): 1,
    }


def test_tokens_cost_and_times_are_added_up():
    tally = Tally()
    tally.add(visit())
    tally.add(visit(duration_s=3.0, first_token_s=None))
    (account,) = tally.accounts.values()
    assert (account.prompt_tokens, account.cached_tokens) == (20, 8)
    assert (account.completion_tokens, account.reasoning_tokens) == (10, 4)
    assert account.cost_nanodollars == 14
    assert account.duration.sum == 3.5
    assert dict(account.duration.cumulative())[0.64] == 1
    assert dict(account.duration.cumulative())[5.12] == 2
    assert dict(account.first_token.cumulative())[float("inf")] == 1


def test_a_copy_does_not_count_on():
    tally = Tally()
    tally.add(visit())
    before = tally.copy()
    tally.add(visit())
    (account,) = before.accounts.values()
    assert (account.requests, account.duration.sum) == (1, 0.5)


def test_addresses_without_number_do_not_make_the_tally_grow_without_bound():
    tally = Tally()
    for number in range(MOST_KEYS + 50):
        tally.add(visit(endpoint=f"/{number}", status=404, outcome="error"))
    assert len(tally.accounts) == MOST_KEYS + 1
    assert tally.accounts[Key(OTHER, "", 404, "error", "")].requests == 50
