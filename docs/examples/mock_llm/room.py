"""Plays a scenario in many labs at once, and shows what became of everybody.

MOCK_LLM_URL=http://127.0.0.1:8100 MOCK_LLM_ADMIN_TOKEN=… python room.py outage ada bob
"""

import os
import sys

from mock_llm import connect

url, token = os.environ["MOCK_LLM_URL"], os.environ["MOCK_LLM_ADMIN_TOKEN"]
scenario, *names = sys.argv[1:]
labs = {name: connect(url, f"sk-lab-{name}", admin_token=token) for name in names}

for lab in labs.values():
    lab.set_scenario(scenario)

input("They are at work. Press Enter to see how it went. ")
for name, lab in labs.items():
    entries = lab.journal()
    good = sum(entry.outcome == "ok" for entry in entries)
    dollars = lab.ledger().total_nanodollars / 1e9
    print(f"{name:12} {good} of {len(entries)} requests answered, ${dollars:.6f}")
