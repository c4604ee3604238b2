import openai
import pytest


def ask(client):
    message = {"role": "user", "content": "Which tents have you got?"}
    return client.chat.completions.create(model="gpt-6-luna", messages=[message])


@pytest.mark.mock_llm(faults=[{"kind": "rate_limited", "first": 1, "retry_after_s": 1}])
def test_the_sdk_waits_as_long_as_it_is_told_to(mock_llm):
    ask(mock_llm.client(max_retries=1))
    verdict = mock_llm.verdict()
    assert "honoured_retry_after" in verdict
    assert verdict.bad == [], str(verdict)


@pytest.mark.mock_llm(faults=["unavailable"])
def test_a_loop_without_waits_is_found(mock_llm):
    mock_llm.freeze_clock()
    client = mock_llm.client()
    for _ in range(3):
        with pytest.raises(openai.InternalServerError):
            ask(client)
    assert mock_llm.verdict()["asked_again_without_backoff"].requests == [2, 3]
