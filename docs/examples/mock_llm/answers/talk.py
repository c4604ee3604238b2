from pathlib import Path

from openai import InternalServerError, OpenAI

from mock_llm import MockLLM

rules = Path("docs/examples/mock_llm/answers/rules.yaml")

with MockLLM(scenario="instant", answers=rules) as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice", max_retries=0)

    def ask(question: str, user: str = "customer-7") -> str:
        completion = client.chat.completions.create(
            model="gpt-6-luna",
            messages=[{"role": "user", "content": question}],
            safety_identifier=user,
        )
        return completion.choices[0].message.content or ""

    print(ask("Hello", user="Ann"))
    print(ask("What is the weather in Rome?"))
    for _ in range(4):
        print(ask("Where is my order?"))
    try:
        ask("I want a refund.")
    except InternalServerError as error:
        print(error.status_code, "then", ask("I want a refund."))

    print([entry.item for entry in mock.lab("sk-lab-alice").journal()])
