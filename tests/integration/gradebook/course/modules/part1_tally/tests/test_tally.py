"""What the learner sees."""

from workshop.grading import checks


@checks("total.adds")
def test_numbers_add_up(worker, seed):
    got = worker.call("tally.total:total", [seed, 1])
    assert got == seed + 1, f"total([{seed}, 1]) should be {seed + 1}, yours is {got}"


@checks("total.empty")
def test_nothing_adds_up_to_nothing(worker):
    got = worker.call("tally.total:total", [])
    assert got == 0, f"total([]) should be 0, yours is {got}"


@checks("mean.middle")
def test_the_mean_lies_in_the_middle(worker):
    got = worker.call("tally.mean:mean", [1, 3])
    assert got == 2, f"mean([1, 3]) should be 2, yours is {got}"
