// A mock LLM from Node without any package: `node node_fetch.mjs`.
const url = process.env.MOCK_LLM_URL ?? "http://127.0.0.1:8100";
const headers = { Authorization: "Bearer sk-lab-node", "Content-Type": "application/json" };
const question = { role: "user", content: "Which laptop is under $500?" };

async function ask(more = {}) {
  const body = JSON.stringify({ model: "gpt-6-luna", messages: [question], ...more });
  return fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
}

const reply = await (await ask()).json();
console.log(reply.choices[0].message.content);

// The next request of this lab is refused, as a provider would refuse it.
const fault = JSON.stringify({ kind: "rate_limited", first: 1, retry_after_s: 2 });
await fetch(`${url}/_mock/faults`, { method: "POST", headers, body: fault });
const refused = await ask();
console.log(refused.status, "try again in", refused.headers.get("retry-after"), "s");

const { entries } = await (await fetch(`${url}/_mock/journal`, { headers })).json();
console.log(entries.map((entry) => entry.status));
