from datetime import date

import pytest

from mock_llm.evidence.prices import Price, PriceList, Usage, load_prices
from mock_llm.model.models import load_models
from mock_llm.yamlfile import SettingError

TODAY = date(2026, 11, 22)


def test_every_model_that_is_served_has_a_price():
    prices = load_prices()
    assert [id for id in load_models() if id not in prices] == []


@pytest.mark.parametrize(
    ("model", "usage", "nanodollars"),
    [
        ("gpt-6.1-sol", Usage(1000, 100), 1000 * 2000 + 100 * 10000),
        ("gpt-6.1-sol", Usage(1000, 0, cached=400), 600 * 2000 + 400 * 100),
        ("gpt-6-luna", Usage(7, 3), 7 * 100 + 3 * 500),
        ("gpt-4", Usage(1, 1), 30_000 + 60_000),
        ("gpt-3.5-turbo", Usage(2, 1), 2 * 1500 + 2000),
        ("text-embedding-3-small", Usage(50, 0), 1000),
    ],
)
def test_a_bill_is_the_list_price_in_whole_nanodollars(model, usage, nanodollars):
    assert load_prices().on(model, TODAY).cost(usage) == nanodollars


def test_a_long_request_is_billed_by_the_long_rates_as_a_whole():
    price = load_prices().on("gpt-6.1-sol", TODAY)
    assert price.cost(Usage(272_000, 10)) == 272_000 * 2000 + 10 * 10_000
    assert price.cost(Usage(272_001, 10)) == 272_001 * 4000 + 10 * 15_000
    assert price.cost(Usage(272_001, 0, cached=1)) == 272_000 * 4000 + 200


def test_the_price_is_that_of_the_day():
    old, new = Price(date(2023, 1, 1), 10, 10, 20), Price(date(2024, 1, 1), 5, 5, 10)
    prices = PriceList({"m": [new, old]})
    assert prices.on("m", date(2023, 12, 31)) is old
    assert prices.on("m", date(2024, 1, 1)) is new
    assert prices.on("m", date(2020, 1, 1)) is old


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("m:\n  - {since: 2023-01-01, input: 1.5}", r"m\[1\]: input: expected a whole number"),
        ("m:\n  - {input: 1}", r"m\[1\]: since: is missing"),
        ("m: []", "m: has no price"),
        ("m:\n  - {since: 2023-01-01, input: 1, outptu: 2}", "outptu: is not a setting"),
        ("m:\n  - {since: soon, input: 1}", "since: expected a date"),
    ],
)
def test_a_mistake_in_a_price_list_is_named(tmp_path, text, complaint):
    path = tmp_path / "prices.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SettingError, match=f"prices.yaml: .*{complaint}"):
        load_prices(path)
