"""Puts an answer into words, the way a helpful shop assistant would. Whether the answer is right
makes no difference here: a wrong one sounds as sure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import dollars
from mock_llm.knowledge.creative import blurb, slogan
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.vocabulary import CATEGORIES, FEATURES, MEASURES, spoken
from mock_llm.knowledge.write import noun_phrase

Fields = Mapping[str, object]

_ONE = (
    "I'd recommend the {product} at {price}. {why}",
    "The {product} is a great match: {why_low} It costs {price}.",
    "For that I'd go with the {product}. It costs {price}. {why}",
    "Take a look at the {product} ({price}). {why}",
    "My pick is the {product} for {price}. {why}",
)
_SEVERAL = (
    "Here are {count} that fit: {list}. {why}",
    "I'd suggest {list}. {why}",
    "These would suit you: {list}. {why}",
)
_NONE = (
    "I'm afraid we have no {phrase} at the moment.",
    "Nothing in our catalogue matches that: we have no {phrase}.",
)
_BEST = (
    "Our {target} {phrase} is the {product} at {price}.",
    "That would be the {product}, which costs {price}.",
    "The {target} {phrase} we sell is the {product} ({price}).",
)
_PRICE = (
    "The {product} costs {price}.",
    "The {product} is {price}.",
    "You can get the {product} for {price}.",
    "It's {price} for the {product}.",
)
_YES = ("Yes, the {product} {has}.", "It does: the {product} {has}.", "Yes. The {product} {has}.")
_NO = (
    "No, the {product} {has_not}.",
    "I'm afraid not: the {product} {has_not}.",
    "Unfortunately the {product} {has_not}.",
)
_SPEC = (
    "The {product} has a {label} of {value}.",
    "The {label} of the {product} is {value}.",
    "{value_cap}: that is the {label} of the {product}.",
)
_IN = (
    "Yes, the {product} is in stock for {price}.",
    "Good news: the {product} is available right now at {price}.",
)
_OUT = (
    "Sorry, the {product} is out of stock at the moment.",
    "The {product} is sold out right now, I'm afraid.",
)
_COUNT = ("We have {count} {phrase}.", "There are {count} {phrase} in our catalogue.")
_COMPARE = (
    "The {winner} is {more}: {values}.",
    "Of these the {winner} is {more} ({values}).",
)
_TOTAL = ("That comes to {total}: {parts}.", "Your total is {total} ({parts}).")
_BUNDLE = (
    "Together the {list} come to {total}, which fits your budget.",
    "How about the {list}? The set costs {total}.",
)


def say(slots: Slots, answer: Fields, draw: Draw) -> str:
    """One to four sentences that say the answer."""
    text = _SAY.get(slots.intent, _say_about)(slots, answer, draw)
    return text.strip()


def price_of(answer: Fields, key: str = "price") -> str:
    cents = answer.get(f"{key}_cents", 0)
    return dollars(cents if isinstance(cents, int) else 0)


def joined(parts: Sequence[str]) -> str:
    return ", ".join(parts[:-1]) + f" and {parts[-1]}" if len(parts) > 1 else "".join(parts)


def _entries(answer: Fields) -> list[Fields]:
    items = answer.get("items")
    return list(items) if isinstance(items, list) else []


def praise(answer: Fields, slots: Slots, draw: Draw) -> str:
    """A sentence of what speaks for a product: what was asked for first, as the answer has it."""
    wanted = [name for name, want in slots.features if want and "=" not in name]
    named = [name for name in wanted if name in FEATURES] or [
        name for name, value in answer.items() if value is True and name in FEATURES
    ]
    said = [described(name, True) for name in dict.fromkeys(named)][:2]
    asked = [x.attribute for x in slots.limits if x.attribute not in ("price_cents", "rating")]
    for attribute in dict.fromkeys(asked):
        value = answer.get(attribute)
        if isinstance(value, int | float):
            said.append(f"has a {MEASURES[attribute].label} of {spoken(attribute, value)}")
    rated = f"is rated {answer.get('rating')} out of 5"
    said.append(draw.choice("also", (rated, f"comes with {_warranty(answer)}")))
    return f"It {joined(said)}."


def _warranty(answer: Fields) -> str:
    years = answer.get("warranty_years")
    article = "an" if years in (8, 11) else "a"
    return f"{article} {years}-year warranty"


def described(feature: str, present: bool) -> str:
    """A verb phrase: "is waterproof", "does not have a hood"."""
    kind, found, value = feature.partition("=")
    if found:
        verb = "is" if present else "is not"
        return f"{verb} {value}" if kind == "colour" else f"{verb} from {value}"
    words = FEATURES[feature]
    if words.adjectives:
        return f"{'is' if present else 'is not'} {words.adjectives[0]}"
    return f"{'has' if present else 'does not have'} {words.nouns[0]}"


def _say_recommended(slots: Slots, answer: Fields, draw: Draw) -> str:
    items = _entries(answer)
    if not items:
        return draw.choice("none", _NONE).format(phrase=_phrase(slots, 2, draw))
    why = praise(answer, slots, draw)
    if len(items) == 1:
        text = draw.choice("one", _ONE).format(
            product=answer["product"], price=price_of(answer), why=why, why_low=_uncapital(why)
        )
    else:
        named = [f"the {item['product']} ({price_of(item)})" for item in items]
        text = draw.choice("several", _SEVERAL).format(
            count=len(items), list=joined(named), why=why.replace("It ", "The first one ", 1)
        )
    if not answer.get("in_stock", True):
        text += " Note that it is out of stock right now."
    return text


def _say_best(slots: Slots, answer: Fields, draw: Draw) -> str:
    if not answer.get("product"):
        return draw.choice("none", _NONE).format(phrase=_phrase(slots, 2, draw))
    assert slots.target is not None
    attribute, end = slots.target
    measure = MEASURES[attribute]
    target = (measure.most if end == "max" else measure.least or measure.most)[0]
    text = draw.choice("best", _BEST).format(
        target=target,
        phrase=_phrase(slots, 1, draw),
        product=answer["product"],
        price=price_of(answer),
    )
    value = answer.get(attribute)
    if attribute != "price_cents" and isinstance(value, int | float):
        text += f" Its {measure.label} is {spoken(attribute, value)}."
    return text


def _phrase(slots: Slots, number: int, draw: Draw) -> str:
    plural, singular = CATEGORIES[slots.categories[0]][:2]
    return noun_phrase(slots, plural if number != 1 else singular, draw)


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]


def _say_price(slots: Slots, answer: Fields, draw: Draw) -> str:
    text = draw.choice("price", _PRICE).format(product=answer["product"], price=price_of(answer))
    return text + draw.choice("more", ("", "", f" It comes with {_warranty(answer)}."))


def _say_has(slots: Slots, answer: Fields, draw: Draw) -> str:
    name = str(answer["feature"])
    forms, label = (_YES, "yes") if answer["answer"] else (_NO, "no")
    return draw.choice(label, forms).format(
        product=answer["product"], has=described(name, True), has_not=described(name, False)
    )


def _say_spec(slots: Slots, answer: Fields, draw: Draw) -> str:
    label = MEASURES[str(answer["attribute"])].label
    if answer.get("value") is None:
        return f"The {answer['product']} has no {label} to speak of: that does not apply to it."
    value = str(answer["value_text"])
    return draw.choice("spec", _SPEC).format(
        product=answer["product"], label=label, value=value, value_cap=value
    )


def _say_stock(slots: Slots, answer: Fields, draw: Draw) -> str:
    forms, label = (_IN, "in") if answer["answer"] else (_OUT, "out")
    return draw.choice(label, forms).format(product=answer["product"], price=price_of(answer))


def _say_about(slots: Slots, answer: Fields, draw: Draw) -> str:
    singular = CATEGORIES[str(answer["category"])][1]
    opening = draw.choice(
        "about",
        (
            "The {product} is a {colour} {noun} from {brand} for {price}.",
            "The {product} by {brand} costs {price} and comes in {colour}.",
        ),
    ).format(
        product=answer["product"],
        colour=answer["colour"],
        noun=singular,
        brand=answer["brand"],
        price=price_of(answer),
    )
    return f"{opening} {praise(answer, slots, draw)}"


def _say_count(slots: Slots, answer: Fields, draw: Draw) -> str:
    count = answer["count"]
    phrase = _phrase(slots, 1 if count == 1 else 2, draw)
    form = draw.choice("count", _COUNT)
    if count == 1:
        form = form.replace("There are", "There is")
    return form.format(count=count or "no", phrase=phrase)


def _say_compared(slots: Slots, answer: Fields, draw: Draw) -> str:
    assert slots.target is not None
    attribute, end = slots.target
    measure = MEASURES[attribute]
    items = [item for item in _entries(answer) if item.get(attribute) is not None]
    values = []
    for item in items:
        value = item[attribute]
        assert isinstance(value, int | float)
        amount = price_of(item) if attribute == "price_cents" else spoken(attribute, value)
        values.append(f"the {item['product']} {_verb(attribute)} {amount}")
    if answer["winner"] is None:
        return f"They are the same in {measure.label}: {joined(values)}."
    options = measure.more if end == "max" else measure.less
    return draw.choice("compare", _COMPARE).format(
        winner=answer["winner"], more=options[0], values=joined(values)
    )


def _verb(attribute: str) -> str:
    return {"price_cents": "costs", "weight_g": "weighs"}.get(attribute, "comes to")


def _say_total(slots: Slots, answer: Fields, draw: Draw) -> str:
    parts = [f"{i['quantity']} × {i['product']} at {price_of(i)}" for i in _entries(answer)]
    return draw.choice("total", _TOTAL).format(total=price_of(answer, "total"), parts=joined(parts))


def _say_bundle(slots: Slots, answer: Fields, draw: Draw) -> str:
    items = _entries(answer)
    if not items:
        return "I'm afraid no combination in our shop fits that budget."
    named = [f"{item['product']} ({price_of(item)})" for item in items]
    return draw.choice("bundle", _BUNDLE).format(
        list=joined(named), total=price_of(answer, "total")
    )


def _say_code(slots: Slots, answer: Fields, draw: Draw) -> str:
    opening = draw.choice(
        "code",
        ("Here is a function that does that:", "You can do it like this:", "Sure, try this:"),
    )
    closing = f"Call {answer['function']} with plain dicts; prices are whole cents."
    return f"{opening}\n\n```python\n{answer['code']}```\n\n{closing}"


_SAY: Mapping[str, Callable[[Slots, Fields, Draw], str]] = {
    "recommend": _say_recommended,
    "best": _say_best,
    "price": _say_price,
    "has": _say_has,
    "spec": _say_spec,
    "stock": _say_stock,
    "count": _say_count,
    "compare": _say_compared,
    "total": _say_total,
    "bundle": _say_bundle,
    "code": _say_code,
    "slogan": slogan,
    "description": blurb,
}
