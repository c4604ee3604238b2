"""Tasks `tests` and `more_tests`: your tests pass on the right service and catch wrong ones."""

from workshop.grading import checks


def catches(own_tests, wrong_service):
    """Fails, in plain words, unless one of the tests that pass on the right service fails here."""
    own_tests.require_catch(wrong_service)


@checks("tests.hidden_retries")
def test_they_notice_hidden_retries(own_tests):
    catches(own_tests, "hidden_retries")


@checks("tests.one_error_for_all")
def test_they_notice_an_error_that_says_nothing(own_tests):
    catches(own_tests, "one_error_for_all")


@checks("tests.falls_back_on_timeouts_only")
def test_they_notice_a_missing_fallback(own_tests):
    catches(own_tests, "falls_back_on_timeouts_only")


@checks("more_tests.customer_in_key")
def test_they_notice_a_key_for_each_customer(own_tests):
    catches(own_tests, "customer_in_key")


@checks("more_tests.key_forgets_length")
def test_they_notice_a_key_without_the_length(own_tests):
    catches(own_tests, "key_forgets_length")


@checks("more_tests.keeps_degraded")
def test_they_notice_a_poisoned_cache(own_tests):
    catches(own_tests, "keeps_degraded")


@checks("more_tests.needs_redis")
def test_they_notice_that_a_cache_outage_takes_the_service_down(own_tests):
    catches(own_tests, "needs_redis")


@checks("more_tests.fresh_deadline")
def test_they_notice_a_second_deadline(own_tests):
    catches(own_tests, "fresh_deadline")


@checks("more_tests.always_500")
def test_they_notice_a_status_that_says_nothing(own_tests):
    catches(own_tests, "always_500")


@checks("more_tests.guessed_cost")
def test_they_notice_a_guessed_bill(own_tests):
    catches(own_tests, "guessed_cost")
