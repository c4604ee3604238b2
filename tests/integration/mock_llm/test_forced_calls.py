"""A choice that forces a call does so at every step, also after a tool's result."""

import json

import pytest

LUNA = "gpt-6-luna"
QUESTION = "What is the weather in Paris?"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
REPORT = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "degrees": {"type": "integer"}},
    "required": ["city", "degrees"],
}
FUNCTIONS = {"get_weather": CITY, "final_result": REPORT}
CALL = {"name": "get_weather", "arguments": '{"city": "Paris"}'}
RESULT = '{"degrees": 21, "sky": "clear"}'

TOOLS = [
    {"type": "function", "function": {"name": name, "parameters": parameters}}
    for name, parameters in FUNCTIONS.items()
]
STEPS = [
    {"role": "user", "content": QUESTION},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "call_1", "type": "function", "function": CALL}],
    },
    {"role": "tool", "tool_call_id": "call_1", "content": RESULT},
]
NAMED = {"type": "function", "function": {"name": "get_weather"}}


@pytest.fixture
def step(client):
    def step(choice, tools=TOOLS, **more):
        reply = client.chat.completions.create(
            model=LUNA, messages=STEPS, tools=tools, tool_choice=choice, **more
        )
        return reply.choices[0]

    return step


def test_a_required_call_after_a_result_ends_the_run_with_what_came_back(step):
    choice = step("required")
    (call,) = choice.message.tool_calls
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert call.function.name == "final_result"
    assert json.loads(call.function.arguments) == {"city": "Paris", "degrees": 21}


def test_a_named_function_is_called_again_after_its_own_result(step):
    (call,) = step(NAMED).message.tool_calls
    assert (call.function.name, json.loads(call.function.arguments)) == (
        "get_weather", {"city": "Paris"},
    )  # fmt: skip


def test_a_required_call_goes_on_with_a_tool_that_was_not_called_yet(step):
    other = {"type": "function", "function": {"name": "log_report", "parameters": REPORT}}
    (call,) = step("required", [TOOLS[0], other]).message.tool_calls
    assert call.function.name == "log_report"


def test_a_result_of_plain_text_still_leads_to_the_call(client):
    steps = [*STEPS[:2], {**STEPS[2], "content": "Clear."}]
    reply = client.chat.completions.create(
        model=LUNA, messages=steps, tools=TOOLS, tool_choice="required"
    )
    (call,) = reply.choices[0].message.tool_calls
    assert json.loads(call.function.arguments)["city"] == "Paris"


@pytest.mark.parametrize("choice", ["auto", "none"])
def test_without_force_a_result_ends_in_words(step, choice):
    ended = step(choice)
    assert (ended.finish_reason, ended.message.tool_calls) == ("stop", None)


def test_a_forced_call_after_a_result_streams_too(client):
    chunks = client.chat.completions.create(
        model=LUNA, messages=STEPS, tools=TOOLS, tool_choice="required", stream=True
    )
    choices = [chunk.choices[0] for chunk in chunks if chunk.choices]
    assert choices[-1].finish_reason == "tool_calls"


def test_a_response_calls_after_a_result_if_it_has_to(client):
    items = [
        {"role": "user", "content": QUESTION},
        {"type": "function_call", "call_id": "call_1", **CALL},
        {"type": "function_call_output", "call_id": "call_1", "output": RESULT},
    ]
    tools = [
        {"type": "function", "name": name, "parameters": each, "strict": False}
        for name, each in FUNCTIONS.items()
    ]

    def said(choice):
        reply = client.responses.create(model=LUNA, input=items, tools=tools, tool_choice=choice)
        return reply.output[-1]

    assert json.loads(said("required").arguments) == {"city": "Paris", "degrees": 21}
    assert said({"type": "function", "name": "get_weather"}).name == "get_weather"
    assert said("auto").type == "message"
