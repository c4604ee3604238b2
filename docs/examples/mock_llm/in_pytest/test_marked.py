import openai
import pytest

pytestmark = pytest.mark.mock_llm(seed=7)


def ask(mock_llm):
    message = {"role": "user", "content": "Which tents have you got?"}
    client = mock_llm.client(timeout=0.5)
    return client.chat.completions.create(model="gpt-6-luna", messages=[message])


@pytest.mark.mock_llm(scenario="outage")
def test_the_scenario_of_a_bad_day(mock_llm):
    mock_llm.advance_clock(60)
    with pytest.raises((openai.InternalServerError, openai.APIConnectionError)):
        ask(mock_llm)


@pytest.mark.mock_llm(faults=["hang"])
def test_a_fault_by_its_kind(mock_llm):
    with pytest.raises(openai.APITimeoutError):
        ask(mock_llm)


@pytest.mark.mock_llm(faults=[{"kind": "rate_limited", "first": 1, "retry_after_s": 7}])
def test_a_fault_with_its_trigger(mock_llm):
    with pytest.raises(openai.RateLimitError):
        ask(mock_llm)
    assert ask(mock_llm).choices[0].message.content
