import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_llm.injected.allowance import Allowance, Allowances
from mock_llm.injected.bucket import Bucket
from mock_llm.injected.limits import Limits, parse_limits
from mock_llm.injected.load import Burst
from mock_llm.injected.windows import Window
from mock_llm.model.models import load_models
from mock_llm.refusals import Refusal
from mock_llm.yamlfile import SettingError, Table


def limited(**settings):
    return Allowance(parse_limits(Table(settings, "limits")), 0.0)


def wait_of(refusal):
    return int(refusal.value.headers["retry-after-ms"]) / 1000


def test_limits_that_nobody_set_are_shown_and_counted_but_stop_nobody():
    allowance = Allowance(Limits(), 0.0)
    assert not allowance.enforced
    assert allowance.use(0.0, 100)[:2] == (9_999, 1_999_900)
    for _ in range(20_000):
        left = allowance.use(0.0, 200)
    assert left[:2] == (0, 0)
    assert left[2:] == (60.0, 60.0)
    assert allowance.use(30.0, 0)[:2] == (4_999, 1_000_000)


def test_buckets_refill_evenly():
    allowance = limited(requests_per_minute=60)
    for _ in range(60):
        allowance.admit(0.0, 0, "gpt-4")
    assert allowance.use(0.0, 0)[0] == 0
    assert allowance.use(10.0, 0)[0] == 10
    assert allowance.use(1000.0, 0)[0] == 60


def test_a_refusal_says_exactly_when_the_request_would_fit():
    allowance = limited(requests_per_minute=7)
    for _ in range(7):
        allowance.admit(0.0, 0, "gpt-4")
    with pytest.raises(Refusal, match=r"requests per min \(RPM\): Limit 7, Used 7") as caught:
        allowance.admit(1.0, 0, "gpt-4")
    wait = wait_of(caught)
    assert caught.value.reason == "rate_limited"
    assert caught.value.headers["retry-after"] == str(math.ceil(wait))
    with pytest.raises(Refusal):
        allowance.admit(1.0 + wait - 0.002, 0, "gpt-4")
    allowance.admit(1.0 + wait, 0, "gpt-4")


def test_tokens_are_charged_on_admission_and_settled_after():
    allowance = limited(tokens_per_minute=1000)
    charge = allowance.admit(0.0, 900, "gpt-4")
    assert allowance.use(0.0, 0)[1] == 100
    with pytest.raises(
        Refusal, match=r"tokens per min \(TPM\): Limit 1000, Used 900, Requested 200"
    ):
        allowance.admit(0.0, 200, "gpt-4")
    charge.settle(50)
    assert allowance.use(0.0, 0)[1] == 950
    charge.settle(0)
    assert allowance.use(0.0, 0)[1] == 950


def test_a_request_that_used_more_than_it_was_charged_pays_the_rest_too():
    allowance = limited(tokens_per_minute=600)
    allowance.admit(0.0, 100, "gpt-4").settle(700)
    with pytest.raises(Refusal) as caught:
        allowance.admit(0.0, 1, "gpt-4")
    assert caught.value.reason == "tokens_limited"
    assert wait_of(caught) == pytest.approx(10.1)


def test_a_request_larger_than_the_limit_is_told_that_waiting_is_no_help():
    with pytest.raises(Refusal, match="Request too large for gpt-4") as caught:
        limited(tokens_per_minute=100).admit(0.0, 101, "gpt-4")
    assert caught.value.headers == {}


def test_only_so_many_requests_run_at_the_same_time():
    allowance = limited(concurrent=2)
    first, _ = allowance.admit(0.0, 0, "gpt-4"), allowance.admit(0.0, 0, "gpt-4")
    with pytest.raises(Refusal, match="Too many concurrent requests for gpt-4: Limit 2"):
        allowance.admit(0.0, 0, "gpt-4")
    first.settle(0)
    allowance.admit(0.0, 0, "gpt-4")


def test_neighbours_take_their_share_of_the_bucket_and_of_what_refills_it():
    bucket = Bucket(60, 0.0, [Burst(0.9, Window(10, 20))])
    bucket.fill(5.0)
    assert bucket.left == 60
    bucket.fill(10.0)
    assert bucket.left == 6
    bucket.fill(12.0)
    assert bucket.left == 6
    bucket.level = 0.0
    assert bucket.wait(1) == pytest.approx(8.0 + 0.2)
    bucket.fill(20.0)
    assert bucket.level == pytest.approx(0.8)
    bucket.fill(21.0)
    assert bucket.level == pytest.approx(1.8)


def test_neighbours_that_never_leave_enough_make_a_wait_without_end():
    assert Bucket(60, 0.0, [Burst(1.0, Window())]).wait(1) == math.inf


@given(
    per_minute=st.integers(1, 5000),
    share=st.floats(0, 1),
    opens=st.floats(0, 100),
    lasts=st.floats(0.1, 50),
    pause=st.floats(0.1, 50),
    spent=st.floats(0, 1),
    amount=st.floats(0, 1),
    now=st.floats(0, 500),
)
def test_after_the_wait_that_a_bucket_names_there_is_enough(
    per_minute, share, opens, lasts, pause, spent, amount, now
):
    bursts = [Burst(share, Window(opens, opens + lasts, lasts + pause))]
    bucket = Bucket(per_minute, 0.0, bursts)
    bucket.fill(now)
    bucket.level -= spent * per_minute
    wanted = amount * per_minute
    wait = bucket.wait(wanted)
    if wait < math.inf:
        bucket.fill(now + wait)
        assert bucket.level >= wanted - 1e-3 * per_minute
    assert 0 <= bucket.left <= per_minute


def test_limits_survive_being_written_down():
    limits = Limits(5, 6, 7, (Burst(0.5, Window(1, 2)),), enforced=True)
    assert parse_limits(Table(limits.to_dict(), "here")) == limits
    assert parse_limits(Table(Limits().to_dict(), "here")) == Limits()
    family = Limits(50, 60, batch_queue_tokens=70, enforced=True)
    by_model = Limits(tiers={"large": family}, models={"gpt-4": Limits(), "gpt-6-luna": limits})
    assert parse_limits(Table(by_model.to_dict(), "here")) == by_model
    assert parse_limits(Table({**by_model.to_dict(), **limits.to_dict()}, "here")).enforced


def by_model(**settings):
    return Allowances(parse_limits(Table(settings, "limits")), 0.0, load_models())


def admitted(allowances, model):
    """How many requests for a model fit now."""
    for number in range(1_000):
        try:
            allowances.of(model).admit(0.0, 0, model)
        except Refusal:
            return number
    return 1_000


def test_a_model_has_limits_of_its_own_else_those_of_its_tier_else_the_labs():
    allowances = by_model(
        requests_per_minute=9,
        tiers={"large": {"requests_per_minute": 5}},
        models={"gpt-6-luna": {"requests_per_minute": 3}, "gpt-4": {"requests_per_minute": 2}},
    )
    assert admitted(allowances, "gpt-6-luna") == 3
    assert admitted(allowances, "gpt-4") == 2  # which is a large one
    assert admitted(allowances, "gpt-6.1-sol") == 5
    assert admitted(allowances, "claude-opus-5-5") == 0  # the models of a tier share its limits
    assert admitted(allowances, "gpt-6.1-terra") == 9
    assert admitted(allowances, "text-embedding-3-small") == 0


def test_a_model_may_be_spared_from_the_limits_of_the_others():
    allowances = by_model(requests_per_minute=1, models={"gpt-4": {}})
    assert allowances.enforced
    assert not allowances.of("gpt-4").enforced
    assert admitted(allowances, "gpt-6-luna") == 1


def test_limits_of_one_model_leave_the_others_unlimited():
    allowances = by_model(models={"gpt-4": {"requests_per_minute": 1}})
    assert allowances.enforced
    assert [allowances.of(each).enforced for each in ("gpt-4", "gpt-6-luna", None)] == [
        True,
        False,
        False,
    ]


def test_replacing_the_limits_of_one_model_refills_no_other_bucket():
    allowances = by_model(
        models={each: {"requests_per_minute": 2} for each in ("gpt-4", "gpt-3.5-turbo")}
    )
    assert (admitted(allowances, "gpt-4"), admitted(allowances, "gpt-3.5-turbo")) == (2, 2)
    allowances = allowances.replaced("gpt-4", Limits(3, enforced=True), 0.0)
    assert (admitted(allowances, "gpt-4"), admitted(allowances, "gpt-3.5-turbo")) == (3, 0)


def test_where_nothing_is_enforced_all_models_are_counted_together():
    allowances = by_model(models={"gpt-4": {}})
    assert not allowances.enforced
    assert allowances.of("gpt-4") is allowances.of(None)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"requests_per_minute": 0}, "requests_per_minute: must be at least 1"),
        ({"tokens_per_minute": 1.5}, "tokens_per_minute: expected a whole number"),
        ({"concurrent": "x"}, "concurrent: expected a whole number"),
        ({"requests_per_hour": 5}, "requests_per_hour: is not a setting"),
        ({"batch_queue_tokens": 0}, "batch_queue_tokens: must be at least 1"),
        ({"models": {"gpt-4": 5}}, "models: gpt-4: expected keys with values"),
        ({"tiers": {"large": {"rpm": 5}}}, "tiers: large: rpm: is not a setting"),
        ({"models": {"gpt-4": {"models": {}}}}, "models: gpt-4: models: is not a setting"),
    ],
)
def test_a_mistake_in_limits_is_named(values, complaint):
    with pytest.raises(SettingError, match=f"here: {complaint}"):
        parse_limits(Table(values, "here"))
