#!/usr/bin/env bash
# What curl can do with a mock LLM, run by a test against a server whose address it sets.
set -eu
# --8<-- [start:setup]
url="${MOCK_LLM_URL:-http://127.0.0.1:8100}"
key="Authorization: Bearer sk-lab-curl"
json="Content-Type: application/json"
body='{"model": "gpt-6-luna", "messages": [{"role": "user", "content": "Which tents have you got?"}]}'
# --8<-- [end:setup]

# --8<-- [start:stream]
curl -sN "$url/v1/chat/completions" -H "$key" -H "$json" \
  -d "${body%\}}, \"stream\": true, \"stream_options\": {\"include_usage\": true}}"
# --8<-- [end:stream]

# --8<-- [start:fault]
curl -s -o /dev/null -w "%{http_code} after %{time_total} s\n" "$url/v1/chat/completions" \
  -H "$key" -H "$json" -H "X-Mock-Fault: unavailable; after_s=0.2; retry_after_s=2" -d "$body"
# --8<-- [end:fault]

# --8<-- [start:scenario]
curl -s -X PUT "$url/_mock/scenario" -H "$key" -H "$json" -d '{"name": "outage"}'
# --8<-- [end:scenario]
echo

# --8<-- [start:clock]
curl -s -X POST "$url/_mock/clock/freeze" -H "$key"
curl -s -X POST "$url/_mock/clock/advance" -H "$key" -H "$json" -d '{"seconds": 3600}'
# --8<-- [end:clock]
echo

# --8<-- [start:ledger]
curl -s "$url/_mock/ledger" -H "$key"
# --8<-- [end:ledger]
echo

# --8<-- [start:reset]
curl -s -X POST "$url/_mock/reset" -H "$key"
# --8<-- [end:reset]
echo
