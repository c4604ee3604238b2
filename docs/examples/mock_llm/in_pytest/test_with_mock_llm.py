"""Integration tests: a server behaves like the provider, and its journal is the witness."""

import pytest
from assistant import Assistant

QUESTION = "Which laptop is under $500?"


@pytest.fixture
def assistant(mock_llm) -> Assistant:
    return Assistant(mock_llm.client())


def test_a_good_day_costs_one_request(assistant, mock_llm):
    assert "$" in assistant.answer(QUESTION)
    assert [entry.model for entry in mock_llm.journal()] == ["gpt-6.1-sol"]


@pytest.mark.parametrize("fault", ["rate_limited", "overloaded", "reset"])
def test_when_the_large_model_fails_the_small_one_answers(assistant, mock_llm, fault):
    mock_llm.add_fault(fault, model="gpt-6.1-sol")
    assert "$" in assistant.answer(QUESTION)
    assert mock_llm.journal()[-1].model == "gpt-6-luna"


@pytest.mark.mock_llm(faults=["unavailable"])
def test_an_outage_costs_two_requests_and_no_money(assistant, mock_llm):
    assert assistant.answer(QUESTION) == "Nobody can answer just now."
    assert [entry.status for entry in mock_llm.journal()] == [503, 503]
    assert mock_llm.ledger().total_nanodollars == 0


def test_a_question_costs_less_than_a_tenth_of_a_cent(assistant, mock_llm):
    assistant.answer(QUESTION)
    assert mock_llm.ledger().total_nanodollars < 1_000_000


@pytest.mark.mock_llm(faults=[{"kind": "rate_limited", "until_s": 60}])
def test_after_a_minute_the_large_model_is_back(assistant, mock_llm):
    mock_llm.freeze_clock()
    assert assistant.answer(QUESTION) == "Nobody can answer just now."
    mock_llm.advance_clock(60)
    assert "$" in assistant.answer(QUESTION)
