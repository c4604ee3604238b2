from openai import OpenAI, RateLimitError

from mock_llm import MockLLM

question = {"role": "user", "content": "Which laptop is under $500?"}

with MockLLM(scenario="instant") as mock:
    lab = mock.lab("sk-lab-alice")
    lab.set_budgets([{"dollars": 0.00001, "per": "day", "user": "ada"}])
    client = OpenAI(base_url=mock.base_url, api_key=lab.api_key, max_retries=0)

    def ask() -> None:
        client.chat.completions.create(
            model="gpt-6-luna", messages=[question], safety_identifier="ada"
        )

    ask()  # the one that goes past the limit is still answered
    try:
        ask()
    except RateLimitError as refusal:
        print(refusal.code)

    lab.advance_clock(24 * 3600)
    ask()
    print([entry.status for entry in lab.journal()])
