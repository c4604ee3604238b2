"""Writes a question in words, in varied phrasings that the reader takes back to the same slots."""

from __future__ import annotations

from collections.abc import Sequence

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import Catalogue
from mock_llm.knowledge.slots import Limit, Slots
from mock_llm.knowledge.vocabulary import CATEGORIES, FEATURES, MEASURES, spoken

_OPENINGS = ("", "", "", "", "Hi, ", "Hello! ", "Hey, ", "Please tell me: ", "Quick one: ")

_TEMPLATES: dict[str, tuple[str, ...]] = {
    "recommend": (
        "Recommend {some}", "Recommend products for: {many}", "{many}", "I'm looking for {one}",
        "Can you suggest {one}?", "I need {one}", "Show me {many}", "Do you have any {many}?",
        "Which {many} would you recommend?", "What {many} do you have?", "I want to buy {one}",
        "Could you help me find {one}?", "My sister would love {one}, any suggestions?",
    ),
    "recommend_n": (
        "Recommend {n} {many}", "Can you suggest {n} {many}?", "Show me {n} {many}",
        "I need {n} {many}",
    ),
    "best": (
        "What is your {target} {one_bare}?", "Which is the {target} {one_bare} you sell?",
        "Find me the {target} {one_bare}", "I'm after the {target} {one_bare} in the shop",
        "Show me the {target} {one_bare}",
    ),
    "count": (
        "How many {many} do you have?", "How many {many} are there in the shop?",
        "What is the number of {many} in your catalogue?", "Count your {many}, please",
    ),
    "bundle": (
        "I need {list} together {limit}", "Put together a bundle of {list} {limit}",
        "Can I get both {list}, combined, {limit}?", "Suggest {list}, in total {limit}",
    ),
    "price": (
        "How much is the {product}?", "What does the {product} cost?", "Price of the {product}?",
        "What is the price of the {product}?", "How much would I pay for the {product}?",
        "Can you tell me how much the {product} costs?",
    ),
    "has_adjective": (
        "Is the {product} {feature}?", "Can you tell me whether the {product} is {feature}?",
        "I wonder if the {product} is {feature}", "The {product}: is it {feature} or not?",
    ),
    "has_noun": (
        "Does the {product} have {feature}?", "Does the {product} come with {feature}?",
        "Is there {feature} on the {product}?", "I'd like to know if the {product} has {feature}",
    ),
    "spec": (
        "What is the {label} of the {product}?", "Tell me the {label} of the {product}",
        "What {label} does the {product} have?", "Which {label} does the {product} offer?",
    ),
    "stock": (
        "Is the {product} in stock?", "Is the {product} available right now?",
        "Do you still have the {product} in stock?", "Can I get hold of the {product} this week?",
    ),
    "about": (
        "Tell me about the {product}", "What should I know about the {product}?",
        "Give me an overview of the {product}", "What is special about the {product}?",
    ),
    "compare": (
        "Which is {more}, {alternatives}?", "Compare {pair}: which one is {more}?",
        "I can't decide between {pair}, which is {more}?", "Of {pair}, which is {more}?",
    ),
    "total": (
        "What do {basket} cost together?", "How much is it in total for {basket}?",
        "I'm ordering {basket}, what's the total?", "Add up {basket} for me, please",
    ),
    "slogan": (
        "Write {tone} slogan for the {product}{mention}",
        "Come up with {tone} tagline for the {product}{mention}",
        "I need {tone} catchphrase for the {product}{mention}",
    ),
    "description": (
        "Write {tone} product description for the {product}{mention}",
        "Draft {tone} product text about the {product}{mention}",
        "Give me {tone} product blurb for the {product}{mention}",
    ),
    "filter": (
        "Write a Python function that returns the names of all {many} from a list of products",
        "I need Python code that filters a list of product dicts for {many}",
        "Give me a Python snippet to keep only {many} in a list of products",
    ),
    "total_code": (
        "Write a Python function that adds up a shopping cart",
        "I need Python code for the total of a cart with quantities",
        "Give me a Python snippet that computes an order total",
    ),
    "cheapest": (
        "Write a Python function that finds the cheapest of a list of {many}",
        "I need Python code that returns the name of the cheapest {one_bare}",
        "Give me a Python snippet to pick the cheapest {one_bare}",
    ),
    "average": (
        "Write a Python function for the average rating of a list of {many}",
        "I need Python code that computes the mean rating of our {many}",
        "Give me a Python snippet for the average rating of all {many}",
    ),
    "top": (
        "Write a Python function that returns the top {n} {many} of a list",
        "I need Python code for the top {n} {many} among our products",
        "Give me a Python snippet that gets the top {n} {many}",
    ),
    "discount": (
        "Write a Python function that takes {percent} percent discount off a price in cents",
        "I need Python code that applies a discount of {percent}% to a price in cents",
        "Give me a Python snippet for a {percent} percent discount in whole cents",
    ),
}  # fmt: skip

_OPS = {
    "<": ("under {}", "below {}", "less than {}"),
    "<=": ("at most {}", "up to {}", "no more than {}", "{} or less"),
    ">": ("over {}", "more than {}", "above {}"),
    ">=": ("at least {}", "{} or more", "a minimum of {}"),
    "=": ("{}",),
}


def write(slots: Slots, catalogue: Catalogue, draw: Draw) -> str:
    """One sentence that asks for the slots; another draw words it differently."""
    key = slots.intent if slots.intent != "code" else _code_key(slots)
    if slots.intent == "recommend" and slots.count > 1:
        key = "recommend_n"
    fields = _fields(slots, catalogue, draw)
    if slots.intent == "has":
        adjective, fields["feature"] = _feature_asked(slots.attribute or "", draw)
        key = "has_adjective" if adjective else "has_noun"
    text = draw.choice("template", _TEMPLATES[key]).format(**fields)
    opening = draw.choice("opening", _OPENINGS)
    text = opening + (_uncapitalised(text) if opening.endswith(", ") else text)
    return _uncapitalised(text).rstrip("?.") if draw.chance("casual", 0.15) else text


def _uncapitalised(text: str) -> str:
    return text if text.startswith(("I ", "I'")) else text[0].lower() + text[1:]


def _code_key(slots: Slots) -> str:
    return "total_code" if slots.task == "total" else slots.task or "filter"


def _fields(slots: Slots, catalogue: Catalogue, draw: Draw) -> dict[str, object]:
    names = [catalogue.by_id[product].name for product in slots.products]
    fields: dict[str, object] = {"n": slots.count, "percent": slots.number}
    if slots.intent == "code":
        fields["n"] = slots.number
    if slots.categories:
        plural, singular = CATEGORIES[slots.categories[0]][:2]
        fields["many"] = noun_phrase(slots, plural, draw)
        fields["one_bare"] = noun_phrase(slots, singular, draw)
        fields["one"] = _article(str(fields["one_bare"]))
        fields["some"] = draw.choice("some", (str(fields["one"]), str(fields["many"])))
    if slots.intent == "bundle":
        fields["list"] = _joined([_article(CATEGORIES[c][1]) for c in slots.categories])
        fields["limit"] = limit_phrases(slots.limits, draw)[0]
    if names:
        fields["product"] = names[0]
        fields["pair"] = _joined([f"the {name}" for name in names])
        fields["alternatives"] = _joined([f"the {name}" for name in names], "or")
    if slots.quantities:
        pairs = zip(slots.quantities, names, strict=True)
        fields["basket"] = _joined([f"{q} {name}" if q > 1 else f"the {name}" for q, name in pairs])
    if slots.target:
        measure = MEASURES[slots.target[0]]
        greatest = slots.target[1] == "max"
        options = measure.most if greatest else measure.least
        fields["target"] = draw.choice("target", options) if options else ""
        options = measure.more if greatest else measure.less
        fields["more"] = draw.choice("more", options) if options else ""
    if slots.attribute in MEASURES:
        fields["label"] = MEASURES[slots.attribute].label
    if slots.intent in ("slogan", "description"):
        fields["tone"] = _article(slots.task) if slots.task else "a"
        label = fields.get("label")
        verb = draw.choice("mention", (" that mentions its {}", ", and mention its {}"))
        fields["mention"] = verb.format(label) if label else ""
    return fields


def noun_phrase(slots: Slots, noun: str, draw: Draw) -> str:
    """ "waterproof backpacks without a hip belt under $100": the category with its constraints."""
    before: list[str] = []
    after: list[str] = []
    for name, wanted in slots.features:
        _place(name, wanted, before, after, draw)
    limits = limit_phrases(slots.limits, draw)
    if draw.chance("limits first", 0.3):
        after = limits + after
    else:
        after += limits
    return " ".join([*before, noun, *after])


def _place(name: str, wanted: bool, before: list[str], after: list[str], draw: Draw) -> None:
    kind, _, value = name.partition("=")
    if kind == "brand":
        after.append(f"from {value}" if wanted else f"not from {value}")
    elif kind == "colour":
        before.append(value if wanted else f"non-{value}")
    elif name == "in_stock":
        after.append("in stock")
    else:
        feature = FEATURES[name]
        by_noun = not feature.adjectives or (
            feature.nouns and draw.chance(f"noun {name}", 0.4 if wanted else 0.6)
        )
        if by_noun:
            noun = draw.choice(f"which noun {name}", feature.nouns)
            after.append(f"{'with' if wanted else 'without'} {noun}")
        elif wanted:
            before.append(draw.choice(f"adjective {name}", feature.adjectives))
        else:
            before.append(
                draw.choice(
                    f"opposite {name}", (f"non-{feature.adjectives[0]}", *feature.opposites)
                )
            )


def limit_phrases(limits: Sequence[Limit], draw: Draw) -> list[str]:
    """Each bound as a phrase; a lower and an upper one on the same number become a range."""
    found = []
    by_attribute: dict[str, list[Limit]] = {}
    for limit in limits:
        by_attribute.setdefault(limit.attribute, []).append(limit)
    for attribute, bounds in by_attribute.items():
        if sorted(bound.op for bound in bounds) == ["<=", ">="]:
            low, high = (_amount(bound) for bound in sorted(bounds, key=lambda b: b.value))
            form = draw.choice(f"range {attribute}", ("between {} and {}", "from {} to {}"))
            found.append(_introduced(attribute, form.format(low, high)))
            continue
        for bound in bounds:
            form = draw.choice(f"op {attribute}{bound.op}", _OPS[bound.op])
            found.append(_introduced(attribute, form.format(_amount(bound))))
    return found


_BY_THEMSELVES = ("under", "below", "over", "above", "between", "from")


def _introduced(attribute: str, phrase: str) -> str:
    if attribute == "price_cents":
        return phrase if phrase.startswith(_BY_THEMSELVES) else f"for {phrase}"
    lead = {"weight_g": "weighing", "sleeps": "for"}.get(attribute, "with")
    return f"{lead} {phrase}"


def _amount(limit: Limit) -> str:
    if limit.attribute in ("price_cents", "weight_g"):
        return spoken(limit.attribute, limit.value)
    measure = MEASURES[limit.attribute]
    return f"{limit.value / measure.scale:g} {measure.units[0]}"


def _feature_asked(name: str, draw: Draw) -> tuple[bool, str]:
    """A feature as a question asks for it, and whether that is an adjective."""
    if name.startswith("colour="):
        return True, name.removeprefix("colour=")
    feature = FEATURES[name]
    if feature.adjectives and (not feature.nouns or draw.chance("adjective", 0.5)):
        return True, draw.choice("which adjective", feature.adjectives)
    return False, draw.choice("which noun", feature.nouns)


def _article(phrase: str) -> str:
    if phrase.startswith("headphones"):
        return phrase
    return f"{'an' if phrase[0] in 'aeio' else 'a'} {phrase}"


def _joined(parts: Sequence[str], word: str = "and") -> str:
    return ", ".join(parts[:-1]) + f" {word} {parts[-1]}" if len(parts) > 1 else parts[0]
