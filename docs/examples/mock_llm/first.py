from openai import OpenAI, RateLimitError

from mock_llm import MockLLM

question = {"role": "user", "content": "Which laptop is under $500?"}

with MockLLM(scenario="instant", seed=7) as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice", max_retries=0)
    lab = mock.lab("sk-lab-alice")

    answer = client.chat.completions.create(model="gpt-6-luna", messages=[question])
    print(answer.choices[0].message.content)

    lab.add_fault("rate_limited", first=1)
    try:
        client.chat.completions.create(model="gpt-6-luna", messages=[question])
    except RateLimitError as refusal:
        print("refused, try again in", refusal.response.headers["retry-after"], "s")

    print([entry.status for entry in lab.journal()])
    print(lab.ledger().total_nanodollars, "nano-dollars")
