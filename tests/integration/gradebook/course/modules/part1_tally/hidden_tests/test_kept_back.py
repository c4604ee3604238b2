"""Never released; its words must not get out."""

from workshop.grading import checks


@checks("total.adds")
def test_three_of_a_kind(worker, seed):
    unseen_by_learners = seed * 3
    got = worker.call("tally.total:total", [seed, seed, seed])
    assert got == unseen_by_learners, "three equal numbers should add up to three times the number"
