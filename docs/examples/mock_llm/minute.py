from openai import OpenAI, RateLimitError

from mock_llm import MockLLM

question = {"role": "user", "content": "Which laptop is under $500?"}

with MockLLM(scenario="instant") as mock:
    lab = mock.lab("sk-lab-alice")
    client = OpenAI(base_url=mock.base_url, api_key=lab.api_key, max_retries=0)

    lab.set_limits(requests_per_minute=2)
    lab.freeze_clock()
    for _ in range(2):
        client.chat.completions.create(model="gpt-6-luna", messages=[question])
    try:
        client.chat.completions.create(model="gpt-6-luna", messages=[question])
    except RateLimitError as refusal:
        wait_s = float(refusal.response.headers["retry-after"])
        print("wait", wait_s, "s")

    lab.advance_clock(wait_s)
    client.chat.completions.create(model="gpt-6-luna", messages=[question])
    print([entry.status for entry in lab.journal()])
