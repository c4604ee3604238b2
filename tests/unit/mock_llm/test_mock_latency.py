from itertools import pairwise
from statistics import median

import pytest

from mock_llm.draws import Draw
from mock_llm.latency import Latency, Pace, parse_latency, parse_pace
from mock_llm.models import load_models
from mock_llm.yamlfile import SettingError, Table

MODELS = load_models()


def test_without_latency_everything_is_there_at_once():
    assert Pace().arrivals(Draw(0), 3) == [0.0, 0.0, 0.0]
    assert Pace().arrivals(Draw(0), 0) == [0.0]


def test_tokens_come_one_after_the_other_after_the_first():
    arrivals = Pace(0.3, 1.0, 0.01, 0.03).arrivals(Draw(1, "x"), 50)
    assert len(arrivals) == 50
    assert arrivals == sorted(arrivals)
    assert arrivals[0] == Draw(1, "x").lognormal("ttft", 0.3, 1.0)


def test_the_same_request_takes_the_same_time_again():
    pace = Pace(0.3, 1.0, 0.01, 0.03)
    assert pace.arrivals(Draw(1, "x"), 9) == pace.arrivals(Draw(1, "x"), 9)
    assert pace.arrivals(Draw(1, "x"), 9) != pace.arrivals(Draw(2, "x"), 9)


def test_gaps_between_tokens_have_the_median_and_p99_asked_for():
    arrivals = Pace(0.0, 0.0, 0.01, 0.04).arrivals(Draw(4), 20_001)
    gaps = sorted(after - before for before, after in pairwise(arrivals))
    assert median(gaps) == pytest.approx(0.01, rel=0.05)
    assert gaps[int(0.99 * len(gaps))] == pytest.approx(0.04, rel=0.1)


def test_a_models_own_pace_comes_before_its_tiers_and_that_before_the_default():
    latency = Latency(Pace(1, 1), {"small": Pace(2, 2)}, {"gpt-3.5-turbo": Pace(3, 3)})
    assert latency.of(MODELS["gpt-3.5-turbo"]).ttft_median_s == 3
    assert latency.of(MODELS["gpt-6-luna"]).ttft_median_s == 2
    assert latency.of(MODELS["gpt-4"]).ttft_median_s == 1


def test_an_override_replaces_and_does_not_merge():
    latency = Latency(Pace(1, 1), {"small": Pace(2, 2)})
    for_one = latency.with_pace(Pace(9, 9), "gpt-4")
    assert for_one.of(MODELS["gpt-4"]) == Pace(9, 9)
    assert for_one.of(MODELS["gpt-6-luna"]).ttft_median_s == 2
    assert for_one.with_pace(Pace(5, 5), None) == Latency(Pace(5, 5))


def test_a_latency_survives_being_written_down():
    latency = Latency(Pace(1, 2, 0.1, 0.2), {"small": Pace(2, 2)}, {"gpt-4": Pace(3, 3)})
    assert parse_latency(Table(latency.to_dict(), "here")) == latency


def test_what_is_left_out_is_zero_and_a_missing_p99_means_no_spread():
    assert parse_pace(Table({"ttft_median_s": 0.5}, "here")) == Pace(0.5, 0.5, 0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"ttft_median_s": 2, "ttft_p99_s": 1}, "ttft_p99_s: is 1.0, less than the median of 2.0"),
        ({"ttft_median_s": -1}, "ttft_median_s: must be 0 or more"),
        ({"ttft_median_s": "fast"}, "ttft_median_s: expected a number, got 'fast'"),
        ({"ttft_median_s": True}, "ttft_median_s: expected a number, got True"),
        ({"per_token_p99_s": 1}, "per_token_median_s: is missing beside per_token_p99_s"),
        ({"ttft_median": 1}, "ttft_median: is not a setting"),
    ],
)
def test_a_mistake_in_a_latency_is_named(values, complaint):
    with pytest.raises(SettingError, match=f"here: {complaint}"):
        parse_pace(Table(values, "here"))
