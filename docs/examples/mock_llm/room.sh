#!/usr/bin/env bash
# What whoever runs the room can type, run by a test against a server with an admin token.
set -eu
: "${MOCK_LLM_URL:=http://127.0.0.1:8100}" "${MOCK_LLM_ADMIN_TOKEN:?}"
# --8<-- [start:keys]
curl -s "$MOCK_LLM_URL/_mock/keys" -H "X-Admin-Token: $MOCK_LLM_ADMIN_TOKEN" \
  -H "Content-Type: application/json" \
  -d '[["sk-lab-eve"], ["sk-lab-mallory", "sk-lab-mallory-laptop"]]'
# --8<-- [end:keys]
echo

# --8<-- [start:outage]
curl -s -X PUT "$MOCK_LLM_URL/_mock/scenario" -H "X-Admin-Token: $MOCK_LLM_ADMIN_TOKEN" \
  -H "Authorization: Bearer sk-lab-ada" -H "Content-Type: application/json" \
  -d '{"name": "outage"}'
# --8<-- [end:outage]
