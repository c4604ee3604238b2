"""A small program to test: it asks one model, and the next one if that cannot answer."""

import openai

MODELS = ("gpt-6.1-sol", "gpt-6-luna")


class Assistant:
    """Answers questions with the first model that is there for it."""

    def __init__(self, client: openai.OpenAI) -> None:
        self._client = client

    def answer(self, question: str) -> str:
        for model in MODELS:
            try:
                reply = self._client.chat.completions.create(
                    model=model, messages=[{"role": "user", "content": question}]
                )
            except (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError):
                continue
            return reply.choices[0].message.content or "The model said nothing."
        return "Nobody can answer just now."
