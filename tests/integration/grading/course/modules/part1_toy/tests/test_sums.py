"""Task `sums`."""

import pytest

from workshop.grading import checks


@checks("sums.adds")
@pytest.mark.parametrize("n", [1, 2])
def test_prices_add_up(worker, seed, n):
    prices = [n, seed]
    got = worker.call("stage.sums:add", prices, timeout=2.0)
    assert got == sum(prices), f"total({prices}) should be {sum(prices)}, yours is {got}"


@checks("sums.empty")
def test_nothing_costs_nothing(worker):
    got = worker.call("stage.sums:add", [], timeout=2.0)
    assert got == 0, f"total([]) should be 0, yours is {got}"
