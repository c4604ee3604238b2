"""Schemas and regular expressions that ask for more work than anybody waits for: a 400, soon."""

import json
import time

import pytest
from hostile_requests import (
    ANTHROPIC,
    HAIKU,
    OPENAI,
    assert_openai_error,
    assert_sound,
    chat,
    message,
    no_bugs,
    response,
)

from mock_llm.bounded_regex import LONGEST_PATTERN, Patience, compile_bounded
from mock_llm.wire.json_schema import MOST_PARTS, MOST_WANTED

FUNCTION_CODE = "invalid_function_parameters"
SOON_S = 20.0  # where nothing is bounded, these take minutes to centuries
SLOW = r"^(\w+\s?)*$"
RECURSIVE = {"type": "object", "properties": {"a": {"$ref": "#"}}, "required": ["a"]}
TWICE = 60  # references to two of the next: as many ways as nobody can count


def doubled(keyword):
    """A short schema with more ways through it than there are atoms."""
    steps = {f"d{step}": {keyword: [{"$ref": f"#/$defs/d{step + 1}"}] * 2} for step in range(TWICE)}
    return {"$ref": "#/$defs/d0", "$defs": steps | {f"d{TWICE}": {"type": "integer"}}}


HEAVY = {
    "a list of lists of lists": {
        "type": "array",
        "minItems": MOST_WANTED,
        "items": {"type": "array", "minItems": MOST_WANTED, "items": {"minItems": MOST_WANTED}},
    },
    "long texts in a long list": {
        "type": "array",
        "minItems": MOST_WANTED,
        "items": {"type": "string", "minLength": MOST_WANTED},
    },
    "many different entries": {
        "type": "array",
        "minItems": 9_000,
        "uniqueItems": True,
        "items": {"type": "integer"},
    },
    "a reference to itself": {"$ref": "#"},
    "an endless value": RECURSIVE,
    "all of itself twice": {"allOf": [{"$ref": "#"}, {"$ref": "#"}]},
    "any of itself twice": {"anyOf": [{"$ref": "#"}, {"$ref": "#"}]},
    "alternatives that all fail in the end": {
        "anyOf": [RECURSIVE | {"required": ["a", "b"], "additionalProperties": False}] * 8
    },
    "fifty endless fields": {
        "type": "object",
        "properties": {f"p{number}": {"$ref": "#"} for number in range(50)},
        "required": [f"p{number}" for number in range(50)],
    },
    "thousands of schemas merged": {
        "allOf": [{"properties": {f"p{number}": {}}} for number in range(2_400)]
    },
    "all of two of two of two": doubled("allOf"),
    "any of two of two of two": doubled("anyOf"),
    "one of two of two of two": doubled("oneOf"),
    "not not of itself": {"not": {"not": {"$ref": "#"}}},
    "an if of itself": {"if": {"$ref": "#"}, "then": False, "else": True},
    "choices that all fail in the end": {
        "allOf": [
            {"oneOf": [{"minLength": step}, {"pattern": f"^[a-z]{{{step}}}$"}]}
            for step in range(40)
        ]
    },
    "ifs that all fail in the end": {
        "type": "object",
        "required": ["last"],
        "allOf": [
            {"if": {"required": [f"p{step}"]}, "then": {"minProperties": step + 50}}
            for step in range(100)
        ]
        + [{"not": {"minProperties": 1}}],
    },
    "names by thousands of patterns": {
        "type": "object",
        "patternProperties": {f"^p{number}": {"type": "integer"} for number in range(2_000)},
        "minProperties": MOST_WANTED,
    },
    "names by a pattern without end": {
        "type": "object",
        "patternProperties": {SLOW: {}},
        "propertyNames": {"minLength": 5_000},
        "minProperties": 100,
    },
    "a text that must not fit a pattern without end": {
        "type": "string",
        "minLength": MOST_WANTED,
        "not": {"pattern": SLOW},
    },
    "as many entries as there may be, of each kind": {
        "allOf": [{"contains": {"const": number}, "minContains": 900} for number in range(10)]
    },
    "values that nothing fits, in a long list": {
        "type": "array",
        "minItems": MOST_WANTED,
        "contains": {"type": "string"},
        "unevaluatedItems": {"not": {"type": ["integer", "string"]}},
        "uniqueItems": True,
    },
    "thousands of values to compare": {
        "oneOf": [{"enum": [list(range(2_000))]}, {"enum": [list(range(1_999))]}] * 2
    },
    "as many needs as there are names": {
        "required": ["p0"],
        "dependentRequired": {f"p{number}": [f"p{number + 1}"] for number in range(4_000)},
    },
    "a class of all characters": {"type": "string", "pattern": "^[\u0000-\U0010ffff]{900}$"},
    "brackets in brackets": {"type": "string", "pattern": "(" * 330 + "a" + ")" * 330},
    "a pattern that no text fits": {"type": "string", "pattern": "(?!a)a"},
    "a pattern that is written at length": {
        "type": "array",
        "minItems": 1_000,
        "items": {"type": "string", "pattern": "^((a{10}){10}){100}$"},
    },
    "bounds that are too far apart": {
        "type": "number",
        "minimum": -1e308,
        "maximum": 1e308,
        "multipleOf": 1e-308,
    },
}
WRONG = {
    "properties": {"properties": True},
    "type": {"type": 5},
    "enum": {"enum": {}},
    "no enum": {"enum": []},
    "minItems": {"minItems": "x"},
    "too many items": {"type": "array", "minItems": MOST_WANTED + 1},
    "far too many items": {"type": "array", "minItems": 10**9},
    "too long a text": {"type": "string", "minLength": 10**9},
    "no pattern": {"pattern": "("},
    "too long a pattern": {"pattern": "a" * (LONGEST_PATTERN + 1)},
    "too deep a pattern": {"pattern": "(" * 490 + ")" * 490},
    "a count beyond counting": {"pattern": "a{99999999999999999999}"},
    "counts of counts": {"pattern": "((a{1000}){1000}){1000}"},
    "no pattern of names": {"patternProperties": {"(": True}},
    "then": {"if": {}, "then": {"type": 5}},
    "needs": {"dependentRequired": {"a": "b"}},
    "names": {"propertyNames": []},
    "what is needed beside it": {"dependentSchemas": {"a": {"enum": {}}}},
    "what is not evaluated": {"unevaluatedItems": {"items": 5}},
    "minContains": {"contains": {}, "minContains": MOST_WANTED + 1},
    "an id": {"$id": 5},
    "too many parts": {"anyOf": [{}] * (MOST_PARTS + 1)},
    "too many names": {"required": ["a"] * (MOST_PARTS + 1)},
}


def to_chat(schema):
    form = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    return "/v1/chat/completions", chat(response_format=form)


def to_responses(schema):
    form = {"type": "json_schema", "name": "x", "schema": schema}
    return "/v1/responses", response(text={"format": form})


def to_function(schema):
    tool = {"type": "function", "function": {"name": "f", "parameters": schema}}
    return "/v1/chat/completions", chat(tools=[tool], tool_choice="required")


def to_old_function(schema):
    functions = [{"name": "f", "parameters": schema}]
    return "/v1/chat/completions", chat(functions=functions, function_call={"name": "f"})


def to_response_function(schema):
    tool = {"type": "function", "name": "f", "parameters": schema, "strict": False}
    return "/v1/responses", response(tools=[tool], tool_choice="required")


@pytest.mark.parametrize("ask", [to_chat, to_responses, to_function, to_response_function])
@pytest.mark.parametrize("name", HEAVY)
def test_a_schema_that_asks_for_too_much_is_given_up_soon(client, caplog, name, ask):
    schema = HEAVY[name]
    if ask in (to_function, to_response_function):  # where a schema has to be an object's
        schema = {"type": "object", "properties": {"a": schema}, "required": ["a"]}
    path, body = ask(schema)
    begun = time.monotonic()
    with no_bugs(caplog):
        status, reply = client.send("POST", path, OPENAI, body)
    assert time.monotonic() - begun < SOON_S
    assert status in (200, 400), reply
    if status == 400:
        assert_openai_error(reply)


@pytest.mark.parametrize("n", [1, 128])
def test_all_choices_of_a_request_share_the_work_that_they_may_be(client, n):
    path, body = to_chat(HEAVY["long texts in a long list"])
    status, reply = client.send("POST", path, OPENAI, body | {"n": n})
    assert status == 400
    assert "too much work" in json.loads(reply)["error"]["message"]


def test_a_schema_of_any_ordinary_size_is_filled(client):
    many = {"type": "array", "minItems": 2_000, "items": {"type": "integer", "minimum": 5}}
    path, body = to_chat({"type": "object", "properties": {"a": many}, "required": ["a"]})
    status, reply = client.send("POST", path, OPENAI, body)
    assert status == 200, reply
    assert len(json.loads(json.loads(reply)["choices"][0]["message"]["content"])["a"]) == 2_000


@pytest.mark.parametrize(
    ("ask", "said", "param", "code"),
    [
        (to_chat, "response_format 'x'", "response_format", "invalid_json_schema"),
        (to_responses, "response_format 'x'", "text.format.schema", "invalid_json_schema"),
        (
            to_function,
            "function 'f'",
            "tools[0].function.parameters",
            FUNCTION_CODE,
        ),
        (to_old_function, "function 'f'", "functions[0].parameters", FUNCTION_CODE),
        (to_response_function, "function 'f'", "tools[0].parameters", FUNCTION_CODE),
    ],
)
@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_schema_is_refused_in_openais_words(client, name, ask, said, param, code):
    path, body = ask(WRONG[name])
    status, reply = client.send("POST", path, OPENAI, body)
    assert status == 400, reply
    error = json.loads(reply)["error"]
    assert error["message"].startswith(f"Invalid schema for {said}: ")
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)


@pytest.mark.parametrize("name", [*HEAVY, *WRONG])
def test_claude_gives_it_up_or_refuses_it_as_well(client, caplog, name):
    schema = (HEAVY | WRONG)[name]
    form = message(output_config={"format": {"type": "json_schema", "schema": schema}})
    tool = message(
        tools=[{"name": "f", "input_schema": {"type": "object", "properties": {"a": schema}}}],
        tool_choice={"type": "any"},
    )
    for body in (form, tool):
        with no_bugs(caplog):
            status, reply = client.send("POST", "/v1/messages", ANTHROPIC, body)
        assert status == 400 or (status == 200 and name in HEAVY), reply
    assert json.loads(reply)["type"] in ("error", "message")


TEXT = "word " * 15_000 + "!"


def test_a_search_without_end_is_given_up():
    with pytest.raises(TimeoutError):
        Patience(0.05).search(compile_bounded(SLOW), TEXT)


def test_many_searches_share_one_patience():
    patience, slow = Patience(0.05), compile_bounded(SLOW)
    with pytest.raises(TimeoutError):
        patience.search(slow, TEXT)
    with pytest.raises(TimeoutError):
        patience.search(compile_bounded("w"), TEXT)


def test_rules_that_would_search_for_years_end_the_request_with_an_error(client, caplog):
    own = OPENAI | {"authorization": "Bearer sk-ruled"}
    claude = ANTHROPIC | {"x-api-key": "sk-ruled"}
    slow = {"match": {"regex": SLOW}, "reply": "x"}
    rules = {"rules": [slow] * 50, "otherwise": "error"}
    assert client.send("PUT", "/_mock/answers", own, rules)[0] == 200
    sent = chat(messages=[{"role": "user", "content": TEXT}])
    begun = time.monotonic()
    with no_bugs(caplog):
        status, body = client.send("POST", "/v1/chat/completions", own, sent)
        assert status == 400
        assert json.loads(body)["error"]["code"] == "rules_too_slow"
        sent |= {"model": HAIKU, "max_tokens": 9}
        status, body = client.send("POST", "/v1/messages", claude, sent)
        assert status == 400
        assert json.loads(body)["error"]["type"] == "invalid_request_error"
    assert time.monotonic() - begun < SOON_S
    assert_sound(client)


@pytest.mark.parametrize(
    "pattern", ["(", "a" * 1_001, "((a{100}){100}){100}", "(" * 490 + ")" * 490]
)
def test_a_pattern_that_cannot_be_used_is_refused_with_its_rule(client, pattern):
    rules = {"rules": [{"match": {"regex": pattern}, "reply": "x"}]}
    status, body = client.send("PUT", "/_mock/answers", OPENAI, rules)
    assert status == 422
    assert "regex: is no regular expression" in json.loads(body)["error"]["message"]


BIG = {
    "a long question, answered 128 times": ("/v1/chat/completions", chat(n=128), 1_000_000),
    "a word without end, repeated nowhere": ("/v1/chat/completions", chat(n=128), -1_000_000),
}


@pytest.mark.parametrize("name", BIG)
def test_a_long_prompt_is_read_once_and_not_repeated(client, name):
    path, body, size = BIG[name]
    text = "Which tent is waterproof? " * (size // 26) if size > 0 else "a" * -size
    begun = time.monotonic()
    status, reply = client.send(
        "POST", path, OPENAI, body | {"messages": [{"role": "user", "content": text}]}
    )
    assert status == 200
    assert len(reply) < 200_000
    assert time.monotonic() - begun < SOON_S


def test_too_many_inputs_at_once_are_refused(client):
    for path, body in (
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": ["x"] * 3_000}),
        ("/v1/completions", {"model": "gpt-3.5-turbo-instruct", "prompt": ["x"] * 30, "n": 128}),
        ("/v1/moderations", {"input": ["x"] * 3_000}),
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": ["x"] * 3_000}),
        ("/v1/embeddings", {"model": "text-embedding-3-small", "input": ["x " * 8_000] * 40}),
        ("/v1/responses", response(input=[{"type": "item_reference", "id": "x"}] * 9_000)),
    ):
        status, reply = client.send("POST", path, OPENAI, body)
        assert status in (400, 404), reply
        assert_openai_error(reply)
