from openai import OpenAI

from mock_llm import MockLLM

mine = {
    "gpt-4o": "gpt-6.1-sol",
    "in-house": {"like": "gpt-6-luna", "price": {"input": 0.3, "output": 1.2}},
}
question = {"role": "user", "content": "Which laptop is under $500?"}

with MockLLM(scenario="instant", models=mine) as mock:
    lab = mock.lab("sk-lab-alice")
    client = OpenAI(base_url=mock.base_url, api_key=lab.api_key, max_retries=0)
    for model in ("gpt-4o", "in-house", "gpt-6-luna-2026-09-22"):
        reply = client.chat.completions.create(model=model, messages=[question])
        print(reply.model)
    print(lab.ledger().by("model"))
