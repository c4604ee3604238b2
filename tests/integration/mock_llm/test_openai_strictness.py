"""What OpenAI refuses most often: schemas that strict mode does not take, names with other
characters, and tool calls and results that do not belong together."""

import openai
import pytest

LUNA = "gpt-6-luna"
NUMBER = {"type": "number"}
GOOD = {
    "type": "object",
    "properties": {"price": NUMBER},
    "required": ["price"],
    "additionalProperties": False,
}
OPEN = {key: GOOD[key] for key in GOOD if key != "additionalProperties"}
LISTED = {
    "type": "object",
    "properties": {"rows": {"type": "array", "items": OPEN}},
    "required": ["rows"],
    "additionalProperties": False,
}
CALLS = {
    "role": "assistant",
    "content": None,
    "tool_calls": [
        {"id": id, "type": "function", "function": {"name": "find", "arguments": "{}"}}
        for id in ("call_1", "call_2")
    ],
}
RESULT = {"role": "tool", "tool_call_id": "call_1", "content": "ok"}
OTHER = {**RESULT, "tool_call_id": "call_2"}
USER = {"role": "user", "content": "What does the Alpha cost?"}

NOT_CLOSED = "'additionalProperties' is required to be supplied and to be false."
NOT_REQUIRED = (
    "'required' is required to be supplied and to be an array including every key in properties."
)
BAD_SCHEMAS = [
    (OPEN, f"In context=(), {NOT_CLOSED}"),
    ({**GOOD, "additionalProperties": True}, f"In context=(), {NOT_CLOSED}"),
    ({**GOOD, "required": []}, f"In context=(), {NOT_REQUIRED} Missing 'price'."),
    (
        {**GOOD, "required": ["price", "name"]},
        f"In context=(), {NOT_REQUIRED} Extra required key 'name' supplied.",
    ),
    (LISTED, f"In context=('properties', 'rows', 'items'), {NOT_CLOSED}"),
    ({**GOOD, "$defs": {"Row": OPEN}}, f"In context=('$defs', 'Row'), {NOT_CLOSED}"),
    (
        {"type": "array", "items": NUMBER},
        "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"array\"'.",
    ),
    (
        {"anyOf": [GOOD, GOOD]},
        "schema must be a JSON Schema of 'type: \"object\"', got 'type: \"None\"'.",
    ),
    (
        {**GOOD, "anyOf": [GOOD]},
        "schema must have type 'object' and not have 'oneOf'/'anyOf'/'allOf'/'enum'/'not' at the "
        "top level.",
    ),
]


def form(schema, name="row", strict=True):
    given = {"name": name, "schema": schema, "strict": strict}
    return {"type": "json_schema", "json_schema": given}


def tool(parameters, name="find", strict=True):
    function = {"name": name, "parameters": parameters, "strict": strict}
    return {"type": "function", "function": function}


@pytest.fixture
def refused(raw):
    """What an endpoint says against a request."""

    def refused(path, **more):
        reply = raw.post(f"/v1/{path}", json={"model": LUNA, **more})
        assert reply.status_code == 400, reply.text
        error = reply.json()["error"]
        assert error["type"] == "invalid_request_error"
        return error["message"], error["param"]

    return refused


@pytest.mark.parametrize(("schema", "said"), BAD_SCHEMAS)
def test_strict_mode_refuses_a_schema_that_it_cannot_hold_to(refused, schema, said):
    chat, responses = "chat/completions", "responses"
    for_format = f"Invalid schema for response_format 'row': {said}"
    for_tool = f"Invalid schema for function 'find': {said}"
    flat = {"type": "function", "name": "find", "parameters": schema, "strict": True}
    text = {"format": {"type": "json_schema", "name": "row", "schema": schema, "strict": True}}
    asked = {"messages": [USER]}
    assert refused(chat, response_format=form(schema), **asked) == (for_format, "response_format")
    assert refused(chat, tools=[tool(schema)], **asked) == (
        for_tool, "tools[0].function.parameters",
    )  # fmt: skip
    assert refused(responses, text=text, input="Hi") == (for_format, "text.format.schema")
    assert refused(responses, tools=[flat], input="Hi") == (for_tool, "tools[0].parameters")


@pytest.mark.parametrize("schema", [OPEN, {**GOOD, "required": []}, LISTED])
def test_without_strict_the_same_schemas_pass(ask, client, schema):
    assert ask("A price as JSON", response_format=form(schema, strict=False))
    assert ask("Find a tent", tools=[tool(schema, strict=False)])
    flat = {"type": "function", "name": "find", "parameters": schema}
    assert client.responses.create(model=LUNA, input="Find a tent", tools=[flat])


def test_strict_mode_takes_what_the_sdk_makes(ask):
    recursive = {**GOOD, "properties": {"next": {"anyOf": [{"$ref": "#"}, {"type": "null"}]}}}
    for schema in (GOOD, {**recursive, "required": ["next"]}):
        assert ask("A price as JSON", response_format=form(schema))
        assert ask("Find a tent", tools=[tool(schema)])


@pytest.mark.parametrize("name", ["my tool", "preis€", "a.b", "ü"])
def test_names_have_letters_digits_and_two_signs(refused, name):
    def said(param):
        pattern = "Expected a string that matches the pattern '^[a-zA-Z0-9_-]+$'."
        return f"Invalid '{param}': string does not match pattern. {pattern}", param

    chat, asked = "chat/completions", {"messages": [USER]}
    assert refused(chat, response_format=form(GOOD, name), **asked) == said(
        "response_format.json_schema.name"
    )
    assert refused(chat, tools=[tool(GOOD, name)], **asked) == said("tools[0].function.name")
    flat = {"type": "function", "name": name, "parameters": GOOD}
    assert refused("responses", tools=[flat], input="Hi") == said("tools[0].name")
    text = {"format": {"type": "json_schema", "name": name, "schema": GOOD}}
    assert refused("responses", text=text, input="Hi") == said("text.format.name")


def test_a_name_has_at_most_64_characters(refused):
    message, param = refused("chat/completions", messages=[USER], tools=[tool(GOOD, "n" * 65)])
    assert "maximum length 64, but got a string with length 65" in message
    assert param == "tools[0].function.name"


@pytest.mark.parametrize(
    ("messages", "said", "param"),
    [
        (
            [USER, RESULT],
            "messages with role 'tool' must be a response to a preceeding message with "
            "'tool_calls'.",
            "messages.[1].role",
        ),
        ([USER, CALLS], "did not have response messages: call_1, call_2", "messages.[1].role"),
        ([USER, CALLS, RESULT], "did not have response messages: call_2", "messages.[1].role"),
        ([USER, CALLS, RESULT, USER], "did not have response messages: call_2", None),
        (
            [USER, CALLS, RESULT, {**OTHER, "tool_call_id": "call_3"}],
            "'tool_call_id' of 'call_3' not found in 'tool_calls' of previous message.",
            "messages.[3].tool_call_id",
        ),
        (
            [USER, CALLS, RESULT, OTHER, USER, RESULT],
            "must be a response to a preceeding message",
            "messages.[5].role",
        ),
    ],
)
def test_every_call_has_its_result_and_every_result_its_call(refused, messages, said, param):
    message, named = refused("chat/completions", messages=messages)
    assert said in message
    assert param in (named, None)


def test_calls_that_are_answered_in_any_order_pass(client):
    reply = client.chat.completions.create(model=LUNA, messages=[USER, CALLS, OTHER, RESULT, USER])
    assert reply.choices[0].message.content


def test_a_response_wants_an_output_for_every_call(client, refused):
    call = {"type": "function_call", "call_id": "call_x", "name": "find", "arguments": "{}"}
    output = {"type": "function_call_output", "call_id": "call_x", "output": "ok"}
    said = ("No tool output found for function call call_x.", "input")
    assert refused("responses", input=[USER, call]) == said
    assert refused("responses", input=[USER, call, USER]) == said
    assert client.responses.create(model=LUNA, input=[USER, call, output])


def test_a_call_of_the_response_before_wants_its_output_too(client):
    flat = {"type": "function", "name": "find", "parameters": OPEN}
    first = client.responses.create(
        model=LUNA, input="Find a tent", tools=[flat], tool_choice="required"
    )
    goes_on = {"model": LUNA, "previous_response_id": first.id}
    with pytest.raises(openai.BadRequestError, match="No tool output found for function call"):
        client.responses.create(input="Go on", **goes_on)
    output = {"type": "function_call_output", "output": "ok", "call_id": first.output[0].call_id}
    assert client.responses.create(input=[output], **goes_on).output_text
