"""What the prompt cache costs, and that every Claude model is described everywhere."""

from datetime import date

import pytest

from mock_llm.evidence.prices import Usage, load_prices
from mock_llm.model.models import load_models
from mock_llm.wire.anthropic.traits import traits_of

CLAUDE = [id for id, model in load_models().items() if model.owner == "anthropic"]
TODAY = date(2026, 11, 22)


@pytest.mark.parametrize("model", CLAUDE)
def test_writing_costs_a_quarter_more_for_five_minutes_and_twice_for_an_hour(model):
    price = load_prices().on(model, TODAY)
    for rates in (price, *([price.long] if price.long else [])):
        assert (rates.cache_write_5m * 4, rates.cache_write_1h) == (
            rates.input * 5,
            rates.input * 2,
        )
        assert rates.cached * 10 <= rates.input


def test_a_bill_counts_each_token_once():
    price = load_prices().on("claude-sonnet-5-5", TODAY)
    used = Usage(1000, 10, cached=300, cache_write_5m=200, cache_write_1h=100)
    assert price.cost(used) == (400 * 2000 + 300 * 100 + 200 * 2500 + 100 * 4000 + 10 * 10_000)


def test_above_its_threshold_the_small_model_costs_five_times_as_much():
    price = load_prices().on("claude-haiku-5-5", TODAY)
    assert price.cost(Usage(100_000, 0, cache_write_5m=100_000)) == 100_000 * 125
    assert price.cost(Usage(100_001, 0, cache_write_5m=100_001)) == 100_001 * 625


def test_without_a_price_of_its_own_writing_costs_what_input_costs():
    price = load_prices().on("gpt-4", TODAY)
    assert price.cost(Usage(3, 0, cache_write_5m=2, cache_write_1h=1)) == 3 * price.input


@pytest.mark.parametrize("model", CLAUDE)
def test_every_claude_model_has_its_traits_and_a_price_from_its_first_day(model):
    served = load_models()[model]
    assert traits_of(model).name
    assert load_prices().on(model, TODAY).since == served.created
