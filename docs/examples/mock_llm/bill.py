from openai import OpenAI

from mock_llm import MockLLM


def ask(client: OpenAI, question: str, *, user: str, feature: str) -> None:
    client.chat.completions.create(
        model="gpt-6-luna",
        messages=[{"role": "user", "content": question}],
        safety_identifier=user,
        extra_headers={"X-Feature": feature},
    )


with MockLLM(scenario="instant") as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice", max_retries=0)
    ask(client, "Which laptop is under $500?", user="ada", feature="search")
    ask(client, "Which tent is the lightest?", user="ada", feature="advice")
    ask(client, "Tell me about hiking boots.", user="bob", feature="advice")

    ledger = mock.lab("sk-lab-alice").ledger()
    for feature, nanodollars in ledger.by("feature").items():
        print(f"{feature:8} ${nanodollars / 1e9:.6f}")
    assert ledger.total_nanodollars == sum(ledger.by("user").values())
