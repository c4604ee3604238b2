import time
from pathlib import Path

from openai import BadRequestError, OpenAI

from mock_llm import MockLLM

recording = Path("docs/examples/mock_llm/answers/recording.jsonl")
question = [{"role": "user", "content": "Which laptop is under $500?"}]

with MockLLM(replay=recording, strict_replay=True, time_scale=0.5) as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice", max_retries=0)

    begun = time.monotonic()
    stream = client.chat.completions.create(model="gpt-6-luna", messages=question, stream=True)
    for chunk in stream:
        print(chunk.choices[0].delta.content or "", end="", flush=True)
    print(f"\nas recorded, in {time.monotonic() - begun:.1f} s")

    try:
        client.chat.completions.create(model="gpt-6-luna", messages=question)
    except BadRequestError as error:
        print(error.message)
