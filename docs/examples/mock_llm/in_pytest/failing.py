"""A test that fails, so that docs/mock_llm/pytest.md can show what it looks like."""

import openai


def ask(client: openai.OpenAI, question: str) -> str:
    message = {"role": "user", "content": question}
    reply = client.chat.completions.create(model="gpt-6-luna", messages=[message])
    return reply.choices[0].message.content


def test_the_second_question_is_answered_from_memory(mock_llm):
    mock_llm.add_fault("rate_limited", first=1)
    client = mock_llm.client(max_retries=2)
    ask(client, "Which laptop is under $500?")
    ask(client, "Which laptop is under $500?")
    assert mock_llm.ledger().total_nanodollars == 0
