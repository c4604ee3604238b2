#!/usr/bin/env bash
# The commands of docs/mock_llm/index.md, run by a test against a server whose address it sets.
set -eu
# --8<-- [start:address]
export MOCK_LLM_URL="${MOCK_LLM_URL:-http://127.0.0.1:8100}"
# --8<-- [end:address]

# --8<-- [start:ask]
curl -s "$MOCK_LLM_URL/v1/chat/completions" \
  -H "Authorization: Bearer sk-lab-alice" -H "Content-Type: application/json" \
  -d '{"model": "gpt-6-luna",
       "messages": [{"role": "user", "content": "Which laptop is under $500?"}]}'
# --8<-- [end:ask]
echo

# --8<-- [start:break]
curl -s "$MOCK_LLM_URL/_mock/faults" \
  -H "Authorization: Bearer sk-lab-alice" -H "Content-Type: application/json" \
  -d '{"kind": "rate_limited", "first": 2}'
# --8<-- [end:break]
echo

# --8<-- [start:again]
curl -s -i "$MOCK_LLM_URL/v1/chat/completions" \
  -H "Authorization: Bearer sk-lab-alice" -H "Content-Type: application/json" \
  -d '{"model": "gpt-6-luna",
       "messages": [{"role": "user", "content": "Which laptop is under $500?"}]}'
# --8<-- [end:again]
echo

# --8<-- [start:look]
curl -s "$MOCK_LLM_URL/_mock/journal" -H "Authorization: Bearer sk-lab-alice"
curl -s "$MOCK_LLM_URL/_mock/ledger" -H "Authorization: Bearer sk-lab-alice"
# --8<-- [end:look]
echo
