"""The requests that are sent: a thousand questions of the shop, as lessons ask them."""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence

import orjson
from contestants import ROOT

MODEL = "gpt-6-luna"
PROMPTS = 1000
COUNTER = "@@COUNTER@@@"
"""Twelve characters that the load generator replaces by a number that never comes twice."""
# What is recommended by weight, battery or the like is described at length, and so is what is not
# in stock: replies of over 700 bytes.
_BRIEF = frozenset(("price_cents", "rating"))


def questions(n: int = PROMPTS) -> list[str]:
    """Different questions about facts, with replies of some 600 bytes from mock_llm."""
    sys.path.insert(0, str(ROOT))  # the tree that this folder is part of, installed or not
    from mock_llm.model.answers import KnowledgePack

    asked = KnowledgePack.load().questions(kind="factual", n=3 * n, seed=1)
    brief = [each for each in asked if _is_brief(each.item) and each.answer.get("in_stock", True)]
    return [each.text for each in brief][:n]


def _is_brief(item: str) -> bool:
    """Whether the right answer is short, judged by the question's id."""
    intent, _, *conditions = item.split("/")
    if intent == "recommend":
        named = [re.split("[<>=]", each)[0] for each in conditions if each[0] not in "+-"]
        return len(conditions) == 1 and _BRIEF.issuperset(named)
    return intent != "about"


def bodies(texts: Sequence[str], *, stream: bool = False, different: bool = False) -> list[bytes]:
    """The JSON bodies of chat completions.

    Args:
        different: put a place for a counter into each prompt, so that none comes twice.
    """
    made = []
    for text in texts:
        prompt = f"Ticket: {COUNTER}\n\n{text}" if different else text
        request = {"model": MODEL, "messages": [{"role": "user", "content": prompt}]}
        made.append(orjson.dumps({**request, "stream": True} if stream else request))
    return made
