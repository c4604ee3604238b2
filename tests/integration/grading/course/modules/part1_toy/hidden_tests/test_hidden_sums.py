"""More of task `sums`, never released."""

from workshop.grading import checks


@checks("sums.adds")
def test_three_prices(worker, seed):
    secret_expectation = seed * 3
    got = worker.call("stage.sums:add", [seed, seed, seed], timeout=2.0)
    assert got == secret_expectation, "three equal prices should add up to three times the price"
