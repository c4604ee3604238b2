"""Values for every keyword of JSON Schema 2020-12, alone and composed: valid, or refused.

What is valid is for another library to say than the server's own checker.
"""

import json
import random

import pytest
from jsonschema import Draft202012Validator
from schemas_around import right, value, wrong

from mock_llm.draws import Draw
from mock_llm.knowledge.reply import Reply
from mock_llm.knowledge.schema import fill
from mock_llm.knowledge.schema_check import Checker
from mock_llm.knowledge.schema_references import References
from mock_llm.knowledge.work import TooMuchWork, Work
from mock_llm.wire.json_schema import complaint

SEEDS = range(8)
KNOWN = {"product": "Alpha", "price": 199.99, "kind": "tent", "in_stock": True, "quantity": 2}
REPLIES = [
    Reply("The Alpha. It is green.", None, None, True, True, KNOWN),
    Reply("Hello there!", None, None, False, None, None),
]


def valid(schema, made):
    return Draft202012Validator(schema).is_valid(made)


def filled(schema, seed):
    return fill(schema, REPLIES[seed % 2], Draw(seed, "keyword"), Work())


def obj(**more):
    return {"type": "object", **more}


def props(**properties):
    return {"properties": properties}


TEXT, WHOLE, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
COUNTRY = props(country={"enum": ["US", "CA", "NL"]}, zip=TEXT)
IN_US = props(country={"const": "US"})
DIGITS, LETTERS = {"pattern": r"^\d{5}$"}, {"pattern": r"^[A-Z]\d[A-Z]$"}
KINDS = "abcdefghijkl"
AB = props(a=WHOLE, b=FLAG)
SCHEMAS = {
    "if then else": obj(
        **COUNTRY, required=["country", "zip"], **{"if": IN_US},
        then=props(zip=DIGITS), **{"else": props(zip=LETTERS)},
    ),
    "if of what need not be there": obj(**COUNTRY, **{"if": IN_US}, then={"required": ["zip"]}),
    "if without then": obj(
        **COUNTRY, required=["country"], **{"if": IN_US, "else": {"required": ["zip"]}}
    ),
    "a dozen ifs": obj(
        **props(kind={"enum": [*KINDS]}),
        required=["kind"],
        allOf=[
            {"if": props(kind={"const": each}), "then": {"required": [each]}}
            for each in KINDS
        ],
    ),
    "ifs in an if": obj(
        **AB, required=["a"],
        **{"if": props(a={"minimum": 50})},
        then={"if": {"required": ["b"]}, "then": props(b={"const": True}), "else": False},
        **{"else": props(b=False)},
    ),
    "dependentRequired": obj(
        **props(card=WHOLE, address=TEXT), dependentRequired={"card": ["address", "zip"]}
    ),
    "dependentRequired in a chain": obj(
        required=["a"], dependentRequired={"a": ["b"], "b": ["c"], "c": ["a"]}
    ),
    "dependentRequired of what is not allowed": obj(
        **props(card=WHOLE), additionalProperties=False, dependentRequired={"card": ["address"]}
    ),
    "dependentSchemas": obj(
        **props(card=WHOLE),
        dependentSchemas={"card": {**props(address=TEXT), "required": ["address"]}},
    ),
    "dependentSchemas of what is required": obj(
        required=["card"], dependentSchemas={"card": {"minProperties": 4}, "address": False}
    ),
    "not required": obj(**AB, **{"not": {"required": ["a", "b"]}}),
    "not a type": obj(**props(a={"not": {"type": "string"}}), required=["a"]),
    "not the answer": obj(
        **props(product={**TEXT, "not": {"const": "Alpha"}}), required=["product"]
    ),
    "not some of an enum": {"enum": [1, 2, 3, 4], "not": {"enum": [2, 3]}},
    "not a bound": {**WHOLE, "not": {"minimum": -3}},
    "not a multiple": {**WHOLE, "minimum": 1, "not": {"multipleOf": 2}},
    "not a pattern": {**TEXT, "not": {"pattern": "^[A-Z]"}},
    "not a length": {**TEXT, "not": {"maxLength": 40}},
    "not not": {"not": {"not": WHOLE}},
    "not any of": {
        "type": ["integer", "string", "null"], "not": {"anyOf": [TEXT, {"type": "null"}]}
    },
    "not all of": obj(**AB, **{"not": {"allOf": [{"required": ["a"]}, {"required": ["b"]}]}}),
    "not one of": {"not": {"oneOf": [TEXT, WHOLE]}},
    "not what is referred to": {"not": {"$ref": "#/$defs/t"}, "$defs": {"t": obj()}},
    "not a property's value": obj(**AB, required=["b"], **{"not": props(b={"const": True})}),
    "not only such items": {"type": "array", "not": {"items": WHOLE}},
    "not containing": {"type": "array", "minItems": 2, "not": {"contains": TEXT}},
    "not if": {"not": {"if": TEXT, "then": {"maxLength": 3}, "else": WHOLE}},
    "not closed": obj(**{"not": {**AB, "additionalProperties": False}}),
    "contains": {"type": "array", "contains": WHOLE},
    "contains nothing of what is there": obj(
        **props(products={"type": "array", "contains": {"const": 7}}), required=["products"]
    ),
    "minContains": {"type": "array", "contains": WHOLE, "minContains": 3},
    "minContains 0": {"type": "array", "contains": False, "minContains": 0},
    "maxContains": {"type": "array", "contains": WHOLE, "maxContains": 1, "minItems": 4},
    "maxContains of the same items": {
        "type": "array", "items": WHOLE, "contains": {"minimum": 9}, "minContains": 2,
        "maxContains": 3, "minItems": 6,
    },
    "contains among the first": {
        "type": "array", "prefixItems": [TEXT, True], "contains": {"const": 5}, "maxItems": 2,
    },
    "contains twice": {"allOf": [{"contains": WHOLE}, {"contains": TEXT}], "type": "array"},
    "contains twice in one entry": {
        "allOf": [{"contains": {"minimum": 3}}, {"contains": {"maximum": 9}}],
        "type": "array", "items": WHOLE, "maxItems": 1,
    },
    "two anyOf": obj(
        **props(a=WHOLE, b=TEXT, c=FLAG, d=TEXT), maxProperties=2,
        allOf=[
            {"anyOf": [{"required": ["a"]}, {"required": ["b"]}]},
            {"anyOf": [{"required": ["c"]}, {"required": ["d"]}]},
        ],
    ),
    "two oneOf": {"allOf": [{"oneOf": [WHOLE, TEXT]}, {"oneOf": [TEXT, {"type": "null"}]}]},
    "anyOf and oneOf": {"anyOf": [TEXT, WHOLE], "oneOf": [WHOLE, FLAG]},
    "oneOf of what may be left away": obj(
        **AB, oneOf=[{"required": ["a"]}, {"required": ["b"]}]
    ),
    "oneOf where both match": {"oneOf": [{**WHOLE, "multipleOf": 3}, {**WHOLE, "multipleOf": 5}]},
    "oneOf where one holds the other": {"oneOf": [TEXT, {**TEXT, "maxLength": 3}]},
    "oneOf of open objects": {"oneOf": [obj(**props(a=WHOLE)), obj(**props(a=TEXT))]},
    "oneOf of three": {"oneOf": [{"minimum": 1}, {"minimum": 5}, {"maximum": 3}], **WHOLE},
    "patternProperties": obj(
        patternProperties={"^S_": TEXT, "^I_": WHOLE}, additionalProperties=False, minProperties=3
    ),
    "patternProperties of a name": obj(
        **props(S_x={"minLength": 60}), patternProperties={"^S_": TEXT}, required=["S_x", "S_y"]
    ),
    "patternProperties that leave the rest": obj(
        patternProperties={"^a": WHOLE}, additionalProperties=TEXT, required=["ab", "b"]
    ),
    "propertyNames": obj(
        propertyNames={"pattern": "^[A-Z]{2}$"}, minProperties=2, additionalProperties=WHOLE
    ),
    "propertyNames of an enum": obj(propertyNames={"enum": ["x", "y"]}, minProperties=2),
    "propertyNames against a property": obj(
        **AB, propertyNames={"maxLength": 1, "not": {"const": "b"}}
    ),
    "unevaluatedProperties": obj(
        allOf=[{**props(a=WHOLE), "required": ["a"]}], **props(b=TEXT), unevaluatedProperties=False
    ),
    "unevaluatedProperties behind a choice": obj(
        anyOf=[{**props(a=WHOLE), "required": ["a"]}, {**props(c=TEXT), "required": ["c"]}],
        unevaluatedProperties={"type": "null"}, minProperties=4,
    ),
    "unevaluatedProperties behind a reference": {
        "$ref": "#/$defs/base", **props(b=TEXT), "unevaluatedProperties": False,
        "$defs": {"base": obj(**props(a=WHOLE), required=["a"])},
    },
    "unevaluatedItems": {
        "type": "array", "allOf": [{"prefixItems": [WHOLE, TEXT]}], "unevaluatedItems": False,
        "minItems": 2,
    },
    "unevaluatedItems beside contains": {
        "type": "array", "contains": WHOLE, "unevaluatedItems": TEXT, "minItems": 3,
    },
    "allOf of the same property": {
        "allOf": [obj(**props(a={"minimum": 3})), obj(**props(a={**WHOLE, "maximum": 5}))],
        "required": ["a"],
    },
    "allOf of types": {"allOf": [{"type": ["integer", "string"]}, {"type": ["number", "null"]}]},
    "allOf of a closed one": {
        "allOf": [obj(**AB), obj(**props(a=True), additionalProperties=False)]
    },
    "allOf of patterns": {
        "allOf": [{**TEXT, "pattern": "^ab"}, {"pattern": "yz$"}, {"minLength": 9}]
    },
    "allOf of multiples": {
        "allOf": [{**WHOLE, "multipleOf": 4}, {"multipleOf": 6}], "minimum": 1
    },
    "allOf of lists": {
        "allOf": [{"type": "array", "items": WHOLE, "minItems": 2}, {"items": {"minimum": 7}}]
    },
    "an enum beside a type": {**TEXT, "enum": [1, "a", None]},
    "a const beside an enum": {"const": 2, "allOf": [{"enum": [1, 2]}]},
    "an anchor": {"$ref": "#x", "$defs": {"a": {"$anchor": "x", **WHOLE}}},
    "a dynamic anchor": {"$dynamicRef": "#x", "$defs": {"a": {"$dynamicAnchor": "x", **WHOLE}}},
    "an id": {
        "$id": "https://example.com/root",
        **obj(**props(a={"$ref": "item"}, b={"$ref": "/item#/$defs/n"}), required=["a", "b"]),
        "$defs": {
            "i": {
                "$id": "item", "type": "array", "items": {"$ref": "#/$defs/n"}, "minItems": 1,
                "$defs": {"n": WHOLE},
            },
            "n": TEXT,
        },
    },
    "a reference with others beside it": {
        "$ref": "#/$defs/n", "minimum": 40, "$defs": {"n": {**WHOLE, "maximum": 41}}
    },
    "a reference under another name": {
        **obj(**props(a={"$ref": "#/x-own/b~1c"}), required=["a"]), "x-own": {"b/c": FLAG},
    },
    "half a step": {"type": "number", "multipleOf": 0.1, "minimum": 3},
    "a whole number in halves": {**WHOLE, "multipleOf": 1.5, "minimum": 1},
    "beyond a float": {**WHOLE, "minimum": 2**53 + 1, "maximum": 2**53 + 3},
    "a long address": {**TEXT, "format": "email", "minLength": 40, "maxLength": 60},
    "a date with a pattern": {**TEXT, "format": "date", "pattern": "^2026-0"},
    "a password": {**TEXT, "pattern": r"^(?=.*[A-Z])(?=.*\d)[A-Za-z\d]{8,}$"},
    "a suffix": {**TEXT, "pattern": "end$", "minLength": 20},
    "any character": {**TEXT, "pattern": "^[\\u0000-\\uffff]{9}$"},
    "all of an enum": {
        "type": "array", "uniqueItems": True, "minItems": 20, "items": {"enum": [*range(20)]}
    },
    "true beside 1": {
        "type": "array", "uniqueItems": True, "minItems": 2, "items": {"enum": [1, True, 1]}
    },
    "maxProperties": obj(**AB, maxProperties=1),
    "minProperties of what is known": obj(**AB, additionalProperties=False, minProperties=2),
}  # fmt: skip
NOTHING_FITS = {
    "not anything": {"not": {}},
    "not itself": {"not": {"$ref": "#"}},
    "an enum of another type": {"type": "string", "enum": [1]},
    "one of two of everything": {"oneOf": [{}, {}]},
    "types": {"allOf": [TEXT, WHOLE]},
    "bounds": {"allOf": [{**WHOLE, "minimum": 5}, {"maximum": 4}]},
    "lengths": {**TEXT, "minLength": 5, "maxLength": 4},
    "names": obj(propertyNames=False, minProperties=1),
    "properties": obj(required=["a", "b"], maxProperties=1),
    "needs": obj(required=["a"], dependentRequired={"a": ["b"]}, **props(b=False)),
    "contains": {"type": "array", "contains": WHOLE, "maxItems": 0},
    "contains never": {"type": "array", "items": TEXT, "contains": WHOLE},
    "branches": {"if": True, "then": False},
    "a property": obj(**props(a={**TEXT, "const": 1}), required=["a"]),
    "the only value": obj(
        **props(a={**TEXT, "pattern": "^a$"}), required=["a"], **{"not": props(a={"const": "a"})}
    ),
    "a place elsewhere": {"$ref": "https://example.com/schema"},
    "a file": {"$ref": "file:///etc/passwd"},
    "anchors with two meanings": {
        "$dynamicRef": "#x",
        "$defs": {name: {"$id": name, "$dynamicAnchor": "x"} for name in "ab"},
    },
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", SCHEMAS)
def test_the_value_is_valid(name, seed):
    schema = SCHEMAS[name]
    assert complaint(schema) is None
    made = filled(schema, seed)
    Draft202012Validator(schema).validate(made)
    assert json.loads(json.dumps(made)) == made


@pytest.mark.parametrize("name", NOTHING_FITS)
def test_what_nothing_fits_is_a_value_error(name):
    for seed in SEEDS:
        with pytest.raises(ValueError, match=r".+"):
            filled(NOTHING_FITS[name], seed)


def test_another_seed_takes_another_branch():
    made = [filled(SCHEMAS["if then else"], seed)["country"] == "US" for seed in range(20)]
    assert 0 < sum(made) < 20


def test_a_value_keeps_to_the_answer_where_the_schema_lets_it():
    schema = obj(
        **props(product=TEXT, price={"type": "number"}), required=["product", "price"],
        **{"not": props(price={"maximum": 100})}, propertyNames={"maxLength": 9},
    )  # fmt: skip
    assert filled(schema, 0) == {"product": "Alpha", "price": 199.99}


def test_what_a_property_needs_comes_with_it():
    for seed in SEEDS:
        assert list(filled(SCHEMAS["dependentRequired"], seed)) == ["card", "address", "zip"]


COMPOSED = 1_500


def composed(seed):
    """A schema of keywords composed at random, and a value that fits it."""
    chance = random.Random(seed)  # noqa: S311
    witness = value(chance)
    return right(chance, witness), witness


def test_composed_at_random_they_are_filled_or_rarely_refused():
    refused = []
    for seed in range(COMPOSED):
        schema, witness = composed(seed)
        assert valid(schema, witness)
        assert complaint(schema) is None
        try:
            made = filled(schema, seed)
        except (ValueError, TooMuchWork):
            refused.append(seed)
            continue
        assert valid(schema, made), (seed, schema, made)
    assert len(refused) < 0.01 * COMPOSED, refused


def test_the_checker_says_what_the_library_says():
    said = []
    for seed in range(COMPOSED):
        chance = random.Random(seed)  # noqa: S311
        one, other = value(chance), value(chance)
        for schema in (right(chance, one), wrong(chance, one)):
            checker = Checker(References(schema), Work())
            for each in (one, other):
                said.append(checker.holds(schema, each))
                assert said[-1] is valid(schema, each), (seed, schema, each)
    assert 0.2 < sum(said) / len(said) < 0.8


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_checker_agrees_about_what_was_made_for_others(name):
    schema = SCHEMAS[name]
    checker = Checker(References(schema), Work())
    for other in SCHEMAS:
        made = filled(SCHEMAS[other], 0)
        if (name, other) == ("a whole number in halves", "beyond a float"):
            continue  # the library divides as floats do
        assert checker.holds(schema, made) is valid(schema, made), made


UNEVALUATED = obj(
    **props(a=True), anyOf=[props(b=True), {**props(c=True), "required": ["c"]}],
    unevaluatedProperties=False,
)  # fmt: skip
HARD = [
    (UNEVALUATED, [{"a": 1, "b": 1}, {"a": 1, "c": 1}, {"c": 1, "b": 1}, {"c": 1, "d": 1}]),
    (SCHEMAS["unevaluatedItems"], [[1, "a"], [1, "a", 2], [1, 1]]),
    (SCHEMAS["unevaluatedItems beside contains"], [[1, "a", 2], ["a", "b", "c"], [1, None, 1]]),
    (SCHEMAS["propertyNames"], [{"AB": 1, "CD": 2}, {"AB": 1, "cd": 2}]),
    (SCHEMAS["dependentSchemas"], [{"card": 1}, {"card": 1, "address": "a"}, {}]),
    (SCHEMAS["dependentRequired in a chain"], [{"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}]),
    (SCHEMAS["patternProperties"], [{"S_": "", "S_a": "", "I_": 1}, {"S_": 1, "I_": 1, "I_a": 1}]),
    (SCHEMAS["maxContains of the same items"], [[1, 9, 9, 1, 1, 1], [9] * 6, [1] * 6]),
    ({"const": [1, {"a": 1.0}]}, [[1.0, {"a": 1}], [True, {"a": 1}]]),
    ({"uniqueItems": True}, [[1, True, "1"], [1, 1.0], [{"a": [0]}, {"a": [False]}], [[1], [1]]]),
    ({"multipleOf": 0.01}, [0.07, 19.99, 0.075, 4]),
    ({"exclusiveMinimum": 3, "exclusiveMaximum": 5}, [3, 4, 5, 3.5]),
    (WHOLE, [1.0, 1.5, True, 2**70]),
    ({"minLength": 2, "maxLength": 2}, ["\U0001f600\U0001f600", "a", 1]),
]


@pytest.mark.parametrize(("schema", "values"), HARD)
def test_the_checker_is_right_where_it_is_easy_to_be_wrong(schema, values):
    checker = Checker(References(schema), Work())
    # 0.07 / 0.01 is no whole number for a float; that it is one says the standard.
    known = {0.07: True, 19.99: True} if "multipleOf" in schema else {}
    for each in values:
        expected = known.get(each) if known else None
        assert checker.holds(schema, each) is (
            valid(schema, each) if expected is None else expected
        ), each
