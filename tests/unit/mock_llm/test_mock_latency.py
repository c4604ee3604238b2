from itertools import pairwise
from statistics import median

import pytest

from mock_llm.draws import Draw
from mock_llm.injected.latency import Latency, Pace, parse_latency, parse_pace
from mock_llm.model.models import load_models
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


def test_a_constant_time_has_no_spread():
    pace = parse_pace(Table({"ttft_s": 0.5, "per_token_s": 0.1}, "here"))
    assert pace.arrivals(Draw(0), 3) == pytest.approx([0.5, 0.6, 0.7])


def test_uniform_times_lie_evenly_between_their_ends():
    times = {"ttft_min_s": 1, "ttft_max_s": 3, "per_token_min_s": 0.01, "per_token_max_s": 0.03}
    pace = parse_pace(Table(times, "here"))
    firsts = [pace.arrivals(Draw(0, str(i)), 1)[0] for i in range(2000)]
    gaps = [b - a for a, b in pairwise(pace.arrivals(Draw(7), 2000))]
    for values, low, high in ((firsts, 1, 3), (gaps, 0.01, 0.03)):
        assert low <= min(values) <= max(values) <= high
        assert median(values) == pytest.approx((low + high) / 2, rel=0.05)


def test_a_pace_creeps_in_straight_lines_and_stays_where_it_ends():
    creep = [{"at_s": 60, "factor": 1}, {"at_s": 180, "factor": 10}, {"at_s": 240, "factor": 2}]
    pace = parse_pace(Table({"ttft_s": 0.2, "per_token_s": 0.01, "creep": creep}, "here"))
    firsts = [pace.after(age).ttft_median_s for age in (0, 60, 120, 180, 210, 240, 9999)]
    assert firsts == pytest.approx([0.2, 0.2, 1.1, 2.0, 1.2, 0.4, 0.4])
    assert pace.after(180).per_token_p99_s == pytest.approx(0.1)


@pytest.mark.parametrize(
    "pace",
    [
        Pace(creep=((0.0, 1.0), (5.0, 2.0)), ttft_median_s=1.0, ttft_p99_s=2.0),
        Pace(ttft_min_s=1.0, ttft_max_s=2.0, per_token_median_s=0.5, per_token_p99_s=0.5),
    ],
)
def test_every_distribution_survives_being_written_down(pace):
    assert parse_pace(Table(pace.to_dict(), "here")) == pace


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"ttft_s": 1, "ttft_median_s": 1}, "ttft_s: is constant, and cannot stand beside"),
        ({"ttft_max_s": 1, "ttft_median_s": 1}, "ttft_max_s: is uniform, and cannot stand beside"),
        ({"ttft_min_s": 2, "ttft_max_s": 1}, "ttft_max_s: is 1.0, less than the minimum of 2.0"),
        ({"creep": [{"at_s": 1}]}, r"creep\[1\]: factor: is missing"),
        (
            {"creep": [{"at_s": 1, "factor": 1}, {"at_s": 1, "factor": 2}]},
            r"creep\[2\]: at_s: must be later than the point before, at 1",
        ),
        ({"creep": [{"at_s": 1, "factor": 1, "of": 1}]}, r"creep\[1\]: of: is not a setting"),
        ({"ttft_s": float("inf")}, "ttft_s: must be 0 or more"),
    ],
)
def test_a_mistake_in_a_newer_setting_is_named(values, complaint):
    with pytest.raises(SettingError, match=f"here: {complaint}"):
        parse_pace(Table(values, "here"))
