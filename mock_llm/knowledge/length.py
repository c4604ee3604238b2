"""How long an answer shall be, and making it so."""

from __future__ import annotations

import re
from collections.abc import Mapping

from mock_llm.draws import Draw
from mock_llm.knowledge.vocabulary import FEATURES, MEASURES, spoken

_LONGEST = 400
_WORDS = re.compile(r"(at most|no more than|up to|under|max(?:imum)?(?: of)?|fewer than"
                    r"|less than|within)?\s{0,3}\b(\d{2,4})\s{0,3}words?\b", re.I)  # fmt: skip
_LONG = re.compile(
    r"\b(?:in (?:great |more |full )?detail|detailed|at length|elaborate|paragraphs|essay"
    r"|long(?:er)? (?:answer|text|reply|description)|thorough(?:ly)?)\b",
    re.I,
)
_LONG_HINTS = ("detail", "length", "elaborate", "paragraphs", "essay", "long", "thorough")
_LONG_WORDS = 110
_SHORT = re.compile(r"\b(?:one|a single|1) (?:short )?sentence\b", re.I)
_TAILS = (
    ", which is worth knowing if you compare it with others",
    ", so you know what to expect in everyday use",
    "; most people find that this is plenty, and some look for it in particular",
    ", as stated by the maker and checked by us when it came in",
    ", and that is a fair figure for something at this price",
)


def wanted_words(text: str) -> int:
    """How many words a prompt asks for at least: 0 if it does not say, or sets only a maximum."""
    lowered = text.lower()
    # Looking for the plain words first keeps long prompts cheap.
    for bound, number in _WORDS.findall(lowered) if "word" in lowered else ():
        if not bound:
            return min(int(number), _LONGEST)
    hinted = any(hint in lowered for hint in _LONG_HINTS)
    return _LONG_WORDS if hinted and _LONG.search(lowered) else 0


def wants_one_sentence(text: str) -> bool:
    lowered = text.lower()
    return "sentence" in lowered and bool(_SHORT.search(lowered))


def first_sentence(text: str) -> str:
    return re.split(r"(?<=[.!?])\s+(?=[A-Z])", text, maxsplit=1)[0]


def lengthen(text: str, answer: Mapping[str, object], length: int, draw: Draw) -> str:
    """Adds what else is known about the products of an answer until it is long enough."""
    items = answer.get("items")
    products = items if isinstance(items, list) and items else [answer]
    for number, product in enumerate(products):
        if not product.get("product") or "rating" not in product:
            continue
        facts = sorted(_facts(product), key=lambda fact: draw.uniform(f"fact {number} {fact}"))
        for fact in facts:
            if len(text.split()) >= length:
                return text
            text += " " + fact
    return text


def _facts(product: Mapping[str, object]) -> list[str]:
    name = product["product"]
    facts = [f"The {name} comes in {product['colour']} and is made by {product['brand']}."]
    for key, value in product.items():
        if key in FEATURES and isinstance(value, bool):
            words = FEATURES[key]
            if words.adjectives:
                facts.append(f"It is {'' if value else 'not '}{words.adjectives[0]}.")
            else:
                facts.append(f"It comes {'with' if value else 'without'} {words.nouns[0]}.")
        elif key in MEASURES and isinstance(value, int | float) and key != "price_cents":
            tail = _TAILS[len(facts) % len(_TAILS)]
            facts.append(f"Its {MEASURES[key].label} is {spoken(key, value)}{tail}.")
    stocked = "It is in stock" if product["in_stock"] else "It is out of stock at the moment"
    return [*facts, f"{stocked}, and you can return it if it does not suit you."]
