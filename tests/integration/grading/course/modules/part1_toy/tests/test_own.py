"""Task `tests`."""

from workshop.grading import checks


@checks("tests.forgets_last")
def test_they_notice_the_last_price(own_tests):
    own_tests.require_catch("forgets_last")
