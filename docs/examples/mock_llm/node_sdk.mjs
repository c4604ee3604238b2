// The official SDK for Node on a mock LLM: `npm install openai`, then `node node_sdk.mjs`.
import OpenAI from "openai";

const url = process.env.MOCK_LLM_URL ?? "http://127.0.0.1:8100";
const client = new OpenAI({ baseURL: `${url}/v1`, apiKey: "sk-lab-node", maxRetries: 0 });
const request = {
  model: "gpt-6-luna",
  messages: [{ role: "user", content: "Which laptop is under $500?" }],
};

const reply = await client.chat.completions.create(request);
console.log(reply.choices[0].message.content);

let streamed = "";
for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
  streamed += chunk.choices[0]?.delta?.content ?? "";
}
console.log(streamed.length, "characters streamed");

try {
  await client.chat.completions.create(request, { headers: { "X-Mock-Fault": "rate_limited" } });
} catch (error) {
  console.log(error instanceof OpenAI.RateLimitError, error.status, error.headers.get("retry-after"));
}
