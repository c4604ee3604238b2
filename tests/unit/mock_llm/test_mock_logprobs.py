import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_llm.model.logprobs import logprobs_of

PIECES = ["The", " tent", " is", " green", "."]


def test_the_same_text_has_the_same_probabilities():
    assert logprobs_of(PIECES, 2) == logprobs_of(PIECES, 2)
    assert [each.logprob for each in logprobs_of(PIECES, 0)] == [
        each.logprob for each in logprobs_of(PIECES, 20)
    ]


@given(st.lists(st.text(min_size=1, max_size=3), max_size=20), st.integers(1, 20))
def test_probabilities_are_probabilities(pieces, alternatives):
    for each in logprobs_of(pieces, alternatives):
        assert len(each.top) == alternatives
        assert len({token for token, _ in each.top}) == alternatives
        assert (each.token, each.logprob) in each.top
        assert sum(math.exp(logprob) for _, logprob in each.top) <= 1.0 + 1e-9


@pytest.mark.parametrize("pieces", [[], ["a"]])
def test_nothing_is_asked_for_and_nothing_comes(pieces):
    assert [each.top for each in logprobs_of(pieces, 0)] == [()] * len(pieces)
