"""Slogans and product texts. Each makes one claim that can be checked: a feature or a number."""

from __future__ import annotations

from collections.abc import Mapping

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import dollars
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.vocabulary import CATEGORIES, FEATURES, MEASURES

Fields = Mapping[str, object]

_SLOGANS = {
    "playful": ("{product}: {claim}, and up to no good.", "Go on, play. {product}: {claim}."),
    "elegant": ("{product}. {claim_cap}, quietly.", "Made with grace: {product}, {claim}."),
    "bold": ("{product}. {claim_cap}. No excuses.", "Dare more. {product}: {claim}!"),
    "friendly": ("Say hello to {product}: {claim}.", "{product}: {claim}, and always with you."),
    "witty": ("{product}: {claim}. The rest is up to you.", "Plan B? {product}, {claim}."),
    "minimalist": ("{product}. {claim_cap}.", "{product}: {claim}. That is all."),
    "": ("{product}: {claim}, day after day.", "Meet {product}: {claim}."),
}
_OPENINGS = {
    "playful": "Ready for some fun? Here comes the {product}.",
    "elegant": "The {product} is made for those who notice the details.",
    "bold": "Forget what you are used to: this is the {product}.",
    "friendly": "Meet the {product}, a {noun} that feels like an old friend.",
    "witty": "Some {nouns} do a job. The {product} makes a point of it.",
    "minimalist": "The {product}. Nothing more than a {noun} needs.",
    "": "The {product} is a {noun} for every day.",
}
_CLOSINGS = (
    "Yours in {colour} for {price}.",
    "In {colour}, for {price}.",
    "It comes in {colour} and costs {price}.",
)


def claimed(answer: Fields) -> str:
    """What the text says about the product: "with a hood", "waterproof", "a weight of 480 g"."""
    feature = answer.get("feature")
    if feature is not None:
        words = FEATURES[str(feature)]
        return words.adjectives[0] if words.adjectives else f"with {words.nouns[0]}"
    label = MEASURES[str(answer["attribute"])].label
    return f"with a {label} of {answer['value_text']}"


def slogan(slots: Slots, answer: Fields, draw: Draw) -> str:
    claim = claimed(answer)
    line = draw.choice("slogan", _SLOGANS[slots.task or ""])
    return line.format(product=answer["product"], claim=claim, claim_cap=_capital(claim))


def blurb(slots: Slots, answer: Fields, draw: Draw) -> str:
    nouns, noun = CATEGORIES[str(answer["category"])][:2]
    cents = answer["price_cents"]
    assert isinstance(cents, int)
    opening = _OPENINGS[slots.task or ""]
    claim = draw.choice("claim", ("It is a {noun} {claim}.", "What you get: a {noun} {claim}."))
    phrase = claimed(answer)
    if not phrase.startswith("with"):
        claim = draw.choice("claim", ("It is {claim}.", "And yes, it is {claim}."))
    text = f"{opening} {claim} {draw.choice('closing', _CLOSINGS)}"
    return text.format(
        product=answer["product"],
        noun=noun,
        nouns=nouns,
        claim=phrase,
        colour=answer["colour"],
        price=dollars(cents),
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
