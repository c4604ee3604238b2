"""Function calls: which function a question needs, with which arguments, and what came back."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import cast

from mock_llm.bounded_json import load_json
from mock_llm.draws import Draw
from mock_llm.knowledge.lexicon import FILLER, words
from mock_llm.knowledge.naming import normal, slug
from mock_llm.knowledge.prompt import Message, texts_of
from mock_llm.knowledge.reply import Reply, ToolCall
from mock_llm.knowledge.schema import fill
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.smalltalk import topic
from mock_llm.knowledge.truth import Truth
from mock_llm.knowledge.work import NoArguments, TooMuchWork, Work

Function = Mapping[str, object]

# What a function for each intent tends to be called or said to do.
_ABOUT_INTENT: Mapping[str, str] = {
    "recommend": "search find recommend filter list products catalogue catalog query suggest",
    "best": "search find sort products catalogue catalog list cheapest",
    "count": "count search find number products list filter",
    "bundle": "bundle search find products budget",
    "price": "price cost get product details lookup quote",
    "has": "product details get attributes features lookup specification",
    "spec": "product details get attributes specification lookup",
    "stock": "stock inventory availability available check product",
    "about": "product details get lookup information",
    "compare": "compare products product details get",
    "total": "total cart sum order price calculate checkout",
    "slogan": "slogan text copy product details",
    "description": "description text copy product details",
    "code": "code python run execute",
}

_MAX_PRICE = ("max_price", "price_max", "maximum_price", "budget", "price_to", "price_limit",
              "max_budget", "price_below", "max_price_usd", "max_price_cents", "under")  # fmt: skip
_MIN_PRICE = ("min_price", "price_min", "minimum_price", "price_from", "price_above",
              "min_price_usd", "min_price_cents", "over")  # fmt: skip
_ONE = ("product", "product_name", "name", "item", "item_name", "title", "model")
_ONE_ID = ("product_id", "id", "sku", "item_id")
_MANY = ("products", "product_names", "names", "items")
_MANY_IDS = ("product_ids", "ids", "skus", "item_ids")
_QUERY = ("query", "q", "search", "text", "question", "keywords", "search_query", "term", "prompt")
_COUNT = ("limit", "n", "count", "top_k", "max_results", "number", "num_results")


def choose(
    offered: Sequence[Function],
    question: str,
    slots: Slots | None,
    truth: Truth,
    draw: Draw,
    must_call: bool,
    work: Work | None = None,
) -> list[ToolCall]:
    """The calls that a question needs: one of the best fitting function, or one per product if it
    takes a single product and the question is about several.

    Raises NoArguments if none can be valid, or they take more than `work`."""
    functions = [_function(tool) for tool in offered]
    functions = [function for function in functions if function.get("name")]
    if not functions:
        return []
    scored = [(_score(function, question, slots, truth), function) for function in functions]
    best, function = max(scored, key=lambda pair: pair[0])
    if best < 2 and not must_call:
        return []
    given = _given(question, slots, truth)
    calls = []
    for values in _split(function, given, slots, truth):
        arguments = _arguments(function, values, question, draw, work)
        calls.append(ToolCall(str(function["name"]), json.dumps(arguments, ensure_ascii=False)))
    return calls


def _function(tool: Function) -> Function:
    inner = tool.get("function")
    return inner if isinstance(inner, Mapping) else tool


def _parameters(function: Function) -> Mapping[str, object]:
    schema = function.get("parameters") or function.get("input_schema")
    return schema if isinstance(schema, Mapping) else {}


def _properties(function: Function) -> Mapping[str, object]:
    properties = _parameters(function).get("properties")
    return properties if isinstance(properties, Mapping) else {}


def _required(function: Function) -> Sequence[str]:
    return cast("Sequence[str]", _parameters(function).get("required") or ())


def _score(function: Function, question: str, slots: Slots | None, truth: Truth) -> float:
    """Words in common with the question and its intent, and parameters that can be filled."""
    name = normal(str(function["name"])).replace("_", " ")
    own = set(words(f"{name} {name} {function.get('description') or ''}")) - FILLER
    asked = set(words(question)) - FILLER
    score = float(len({_stem(word) for word in own} & {_stem(word) for word in asked}))
    in_name = {_stem(word) for word in words(name)}
    score += len(in_name & {_stem(word) for word in asked})
    if slots is None:
        return score
    about = _ABOUT_INTENT[slots.intent].split()
    score += 1.5 * len(in_name & {_stem(word) for word in about})
    score += 0.5 * len({_stem(word) for word in own} & {_stem(word) for word in about})
    given = _given("", slots, truth)
    names = [normal(name) for name in _properties(function)]
    score += sum(name in given for name in names)
    missing = [name for name in _required(function) if normal(name) not in given]
    return score - 2 * len([name for name in missing if normal(name) not in _QUERY])


def _stem(word: str) -> str:
    return word[:-1] if word.endswith("s") and len(word) > 3 else word


def _given(question: str, slots: Slots | None, truth: Truth) -> dict[str, object]:
    """What the question says, under every parameter name that people use for it."""
    given: dict[str, object] = dict.fromkeys(_QUERY, question) if question else {}
    if slots is None:
        return given
    if slots.categories:
        given |= {"category": slots.categories[0], "product_category": slots.categories[0],
                  "categories": list(slots.categories), "department": slots.categories[0],
                  "product_type": slots.categories[0]}  # fmt: skip
    for limit in slots.limits:
        if limit.attribute == "price_cents":
            names = _MAX_PRICE if limit.op in ("<", "<=") else _MIN_PRICE
            for name in names:
                cents = "cents" in name
                given[name] = int(limit.value) if cents else limit.value / 100
        else:
            side = "max" if limit.op in ("<", "<=") else "min"
            bare = limit.attribute.rpartition("_")[0] or limit.attribute
            given |= {f"{side}_{limit.attribute}": limit.value, f"{side}_{bare}": limit.value}
    for name, wanted in slots.features:
        kind, valued, value = name.partition("=")
        if not valued:
            given[name] = wanted
        elif wanted:
            given |= {kind: value} | ({"color": value} if kind == "colour" else {})
    wanted_features = [name for name, wanted in slots.features if wanted and "=" not in name]
    if wanted_features:
        given |= dict.fromkeys(("features", "attributes", "tags", "filters"), wanted_features)
    products = truth.products(slots)
    if products:
        given |= _about_products([product.name for product in products])
    if slots.quantities:
        given |= {"quantity": slots.quantities[0], "quantities": list(slots.quantities)}
    if slots.attribute:
        given |= dict.fromkeys(("attribute", "feature", "field"), slots.attribute)
    if slots.target:
        ascending = slots.target[1] == "min"
        attribute = slots.target[0].removesuffix("_cents")
        given |= {"sort_by": attribute, "sort": attribute, "order_by": attribute,
                  "order": "asc" if ascending else "desc",
                  "sort_order": "asc" if ascending else "desc", "limit": 1}  # fmt: skip
    if slots.intent == "recommend" and slots.count > 1:
        given |= dict.fromkeys(_COUNT, slots.count)
    return given


def _about_products(names: Sequence[str]) -> dict[str, object]:
    ids = [slug(name) for name in names]
    return {
        **dict.fromkeys(_ONE, names[0]),
        **dict.fromkeys(_ONE_ID, ids[0]),
        **{key: list(names) for key in _MANY},
        **dict.fromkeys(_MANY_IDS, ids),
    }


def _split(
    function: Function, given: dict[str, object], slots: Slots | None, truth: Truth
) -> list[dict[str, object]]:
    names = {normal(name) for name in _properties(function)}
    several = slots is not None and len(slots.products) > 1
    if slots is None or not several or names & {*_MANY, *_MANY_IDS}:
        return [given]
    if not names & {*_ONE, *_ONE_ID}:
        return [given]
    quantities = slots.quantities or (1,) * len(slots.products)
    return [
        {**given, **_about_products([product.name]), "quantity": quantity}
        for product, quantity in zip(truth.products(slots), quantities, strict=True)
    ]


def _arguments(
    function: Function,
    given: Mapping[str, object],
    question: str,
    draw: Draw,
    work: Work | None,
) -> Mapping[str, object]:
    """Arguments that are valid against the function's parameters: what the question says, and for
    the rest of what is required a made-up value."""
    parameters = {**_parameters(function), "type": "object"}
    reply = Reply(_subject(question), None, None, False, None, dict(given))

    def offers(name: str) -> bool:
        return normal(name) in given

    try:
        made = fill(parameters, reply, draw, work, offers)
    except (ValueError, TooMuchWork) as error:
        raise NoArguments(str(error), str(function["name"])) from error
    return made if isinstance(made, Mapping) else {}


def _subject(question: str) -> str:
    """What an argument that nothing else is known for is probably about: a name ("the weather in
    Paris"), or else the question's topic."""
    named = re.search(r"(?<=\w )[A-Z]\w+(?: [A-Z]\w+)*", question)
    return named[0] if named else topic(question)


def result_text(messages: Sequence[Message]) -> str | None:
    """What the tools answered, if that is what came last."""
    results = []
    for message in reversed(messages):
        if message.get("role") not in ("tool", "function"):
            break
        results.append(texts_of(message))
    return "\n".join(reversed(results)) if results else None


def result_data(text: str) -> Mapping[str, object] | None:
    """A tool's answer as data, if it is a JSON object or a list of them."""
    try:
        value = load_json(text)
    except ValueError:
        return None
    if isinstance(value, list):
        return {"items": value, **(value[0] if value and isinstance(value[0], Mapping) else {})}
    return value if isinstance(value, Mapping) else None


def say_result(text: str, draw: Draw) -> str:
    """A tool's answer in a sentence."""
    opening = draw.choice("result", ("Here is what I found:", "I looked it up:", "Done:"))
    try:
        said = _spoken(load_json(text))
    except ValueError:
        said = text.strip()
    return f"{opening} {said[:600] or 'nothing.'}"


def _spoken(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = [f"{normal(str(k)).replace('_', ' ')} {_spoken(v)}" for k, v in value.items()]
        return ", ".join(pairs)
    if isinstance(value, list):
        return "; ".join(_spoken(entry) for entry in value) or "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "none" if value is None else str(value)
