"""Which function the model calls, and what it makes of the answer."""

import json
from typing import Any

from jsonschema import Draft202012Validator

from mock_llm.draws import Draw
from mock_llm.knowledge.slots import KINDS
from mock_llm.model.answers import KnowledgePack

PACK = KnowledgePack.load()
ALL = dict.fromkeys(KINDS, 1.0)


def function(name: str, description: str, required: list[str], **properties: Any) -> dict[str, Any]:
    parameters = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }
    return {
        "type": "function",
        "function": {"name": name, "description": description, "parameters": parameters},
    }


SEARCH = function(
    "search_products",
    "Search the shop's catalogue",
    ["category"],
    category={"type": "string"},
    max_price={"type": "number"},
    wireless={"type": "boolean"},
    sort_by={"type": "string", "enum": ["price", "rating"]},
)
PRODUCT = function(
    "get_product", "Price and stock of one product", ["product_id"], product_id={"type": "string"}
)
WEATHER = function("get_weather", "Weather in a city", ["city"], city={"type": "string"})
TOOLS = [WEATHER, SEARCH, PRODUCT]


def calls(text: str, *, must_call: bool = False) -> list[tuple[str, dict[str, Any]]]:
    found = PACK.tool_call(TOOLS, [{"role": "user", "content": text}], Draw(0), must_call=must_call)
    return [(call.name, json.loads(call.arguments)) for call in found]


def test_a_search_gets_its_arguments_from_the_question() -> None:
    assert calls("wireless headphones under $100") == [
        ("search_products", {"category": "headphones", "max_price": 100, "wireless": True})
    ]
    assert calls("cheapest tent") == [
        ("search_products", {"category": "tents", "sort_by": "price"})
    ]


def test_a_question_about_one_product_looks_it_up() -> None:
    assert calls("Is the Drift 2 in stock?") == [("get_product", {"product_id": "voxelle-drift-2"})]


def test_two_products_are_two_calls() -> None:
    names = [
        arguments["product_id"] for _, arguments in calls("Drift 2 or Hush 100, which is cheaper?")
    ]
    assert sorted(names) == ["maruvo-hush-100", "voxelle-drift-2"]


def test_a_function_that_has_nothing_to_do_with_the_shop_is_called_by_its_name() -> None:
    assert calls("What's the weather in Paris?") == [("get_weather", {"city": "Paris"})]


def test_nothing_is_called_for_what_no_function_does_unless_it_has_to() -> None:
    assert calls("Tell me a joke") == []
    assert len(calls("Tell me a joke", must_call=True)) == 1
    assert PACK.tool_call([], [{"role": "user", "content": "hi"}], Draw(0)) == []


def test_arguments_are_valid_whatever_the_question() -> None:
    schemas = {tool["function"]["name"]: tool["function"]["parameters"] for tool in TOOLS}
    for kind in KINDS:
        for question in PACK.questions(kind=kind, n=50, seed=3):
            for name, arguments in calls(question.text, must_call=True):
                Draft202012Validator(schemas[name]).validate(arguments)


def with_result(content: str) -> list[dict[str, Any]]:
    return [
        {"role": "user", "content": "How much is the Voxelle Drift 2?"},
        {"role": "assistant", "content": None, "tool_calls": []},
        {"role": "tool", "content": content},
    ]


def test_after_a_result_nothing_more_is_called_and_the_result_is_used() -> None:
    messages = with_result('{"name": "Voxelle Drift 2", "price": 89.99}')
    assert PACK.tool_call(TOOLS, messages, Draw(0)) == []
    answer = PACK.reply(messages, capability={"factual": 0.05}, draw=Draw(0))
    assert answer.correct is True
    assert "$89.99" in answer.text


def test_a_result_about_something_else_is_told_and_not_judged() -> None:
    for content in ('{"error": "unknown product"}', "error: unknown product"):
        answer = PACK.reply(with_result(content), capability=ALL, draw=Draw(0))
        assert answer.correct is None
        assert "unknown product" in answer.text
