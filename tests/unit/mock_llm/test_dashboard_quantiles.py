import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_llm.dashboard.quantiles import Sketch, quantiles

SHARES = (0.5, 0.95, 0.99)


def sketch(values):
    made = Sketch()
    for value in values:
        made.add(value)
    return made


def exact(values, share):
    return sorted(values)[max(1, math.ceil(share * len(values))) - 1]


@given(st.lists(st.floats(0.001, 1000), min_size=1, max_size=200))
def test_a_quantile_is_within_two_percent_of_the_true_one(values):
    found = quantiles([sketch(values)], SHARES)
    assert found == pytest.approx([exact(values, share) for share in SHARES], rel=0.0201)


@given(st.lists(st.floats(0.001, 10)), st.lists(st.floats(0.001, 10), min_size=1))
def test_sketches_add_up(some, more):
    both = quantiles([sketch(some), sketch(more)], SHARES)
    assert both == quantiles([sketch(some + more)], SHARES)


def test_there_is_no_quantile_of_nothing():
    assert quantiles([Sketch()], SHARES) is None


def test_whatever_is_measured_takes_a_bounded_number_of_buckets():
    values = (0.0, 1e-12, 1e12, *(10 ** (n / 1000) for n in range(-6000, 8000)))
    assert len(sketch(values).counts) < 550
