from openai import BadRequestError, OpenAI

from mock_llm import MockLLM

rules = {
    "otherwise": "error",
    "rules": [
        {"name": "capital", "match": {"contains": "capital of France"}, "reply": "Paris."},
        {"name": "tents", "match": {"contains": "tent", "stream": True}, "reply": "The Alpha."},
    ],
}

with MockLLM(scenario="instant", answers=rules) as mock:
    client = OpenAI(base_url=mock.base_url, api_key="sk-lab-alice", max_retries=0)
    for question in ("What is the capital of France?", "Which tent?"):
        try:
            completion = client.chat.completions.create(
                model="gpt-6-luna", messages=[{"role": "user", "content": question}]
            )
            print(completion.choices[0].message.content)
        except BadRequestError as error:
            print(error.message)
