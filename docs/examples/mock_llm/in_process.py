import asyncio

import httpx
from openai import AsyncOpenAI

from mock_llm import MockLLM

mock = MockLLM(scenario="instant")
transport = httpx.ASGITransport(app=mock.app)


async def main() -> None:
    client = AsyncOpenAI(
        base_url="http://mock/v1",
        api_key="sk-lab-alice",
        http_client=httpx.AsyncClient(transport=transport),
    )
    async with client:
        reply = await client.chat.completions.create(
            model="gpt-6-luna", messages=[{"role": "user", "content": "Which tents have you got?"}]
        )
    print(reply.choices[0].message.content)
    print(len(mock.lab("sk-lab-alice").journal()), "request, no port")


asyncio.run(main())
