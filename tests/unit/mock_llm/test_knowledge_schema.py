"""Values for JSON schemas: valid for any schema people write, and filled from the answer."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mock_llm.draws import Draw
from mock_llm.knowledge.slots import KINDS
from mock_llm.model.answers import KnowledgePack, Reply

PACK = KnowledgePack.load()


def reply(text: str) -> Reply:
    messages = [{"role": "user", "content": text}]
    return PACK.reply(messages, capability=dict.fromkeys(KINDS, 1.0), draw=Draw(0, text))


REPLIES = [
    reply("Suggest 3 wireless headphones under $150"),
    reply("How much is the Voxelle Drift 2?"),
    reply("Is the Glowick Roam dimmable?"),
    reply("laptop under $5"),
    reply("Hello there!"),
]


def valid(schema: dict[str, Any], answer: Reply, seed: int = 0) -> Any:
    value = PACK.fill_schema(schema, answer, Draw(seed, "schema"))
    checker = Draft202012Validator.FORMAT_CHECKER
    Draft202012Validator(schema, format_checker=checker).validate(value)
    assert json.loads(json.dumps(value)) == value
    return value


NAMES = st.sampled_from(
    ["product", "price", "name", "items", "products", "reason", "in_stock", "category", "tags",
     "maxPrice", "total", "value", "id", "answer", "something_else"]
)  # fmt: skip
PATTERNS = [
    r"^[A-Z]{3}-\d{4}$", "^a+b*$", "(foo|bar)+", r"^\w{2,5}$", "[^a-z]x", "^[0-9a-f]{8}$",
    r"^(\+\d{1,2} )?\d{3}$", r"^\S+@\S+\.[a-z]{2,3}$",
]  # fmt: skip
FORMATS = ["date", "date-time", "email", "uuid", "uri", "time", "ipv4", "ipv6", "unheard-of"]
SCALARS = st.one_of(st.text(max_size=5), st.integers(-5, 5), st.booleans(), st.none())


@st.composite
def sized(draw: st.DrawFn, low: str, high: str, most: int) -> dict[str, int]:
    least = draw(st.integers(0, most))
    bounds = {low: least, high: least + draw(st.integers(0, most))}
    return {key: value for key, value in bounds.items() if draw(st.booleans())}


@st.composite
def numbers(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["integer", "number"]))
    low = draw(st.integers(-50, 50))
    high = low + draw(st.integers(2, 60))
    bounds = draw(
        st.sampled_from(
            [{}, {"minimum": low}, {"maximum": high}, {"minimum": low, "maximum": high},
             {"exclusiveMinimum": low, "exclusiveMaximum": high}, {"multipleOf": 5},
             {"minimum": low, "multipleOf": 10 if kind == "integer" else 0.5}]
        )
    )  # fmt: skip
    return {"type": kind, **bounds}


LEAVES = st.one_of(
    sized("minLength", "maxLength", 20).map(lambda bounds: {"type": "string", **bounds}),
    st.sampled_from(FORMATS).map(lambda name: {"type": "string", "format": name}),
    st.sampled_from(PATTERNS).map(lambda pattern: {"type": "string", "pattern": pattern}),
    numbers(),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {}, {"type": "object"}]),
    st.lists(SCALARS, min_size=1, max_size=4).map(lambda options: {"enum": options}),
    SCALARS.map(lambda value: {"const": value}),
    st.lists(
        st.sampled_from(["string", "integer", "number", "boolean", "null"]), min_size=1, unique=True
    ).map(lambda kinds: {"type": kinds}),
    st.just({"$ref": "#/$defs/price"}),
)


@st.composite
def objects(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    properties = draw(st.dictionaries(NAMES, inner, max_size=5))
    required = draw(st.lists(st.sampled_from(sorted(properties) or ["extra"]), unique=True))
    schema = {"type": "object", "properties": properties, "required": required}
    closed = all(name in properties for name in required)
    more = draw(st.sampled_from(["open", "closed", "typed", "least"]))
    if more == "closed" and closed:
        schema["additionalProperties"] = False
    elif more == "typed":
        schema["additionalProperties"] = draw(inner)
    elif more == "least":
        schema["minProperties"] = draw(st.integers(0, 7))
    return schema


@st.composite
def arrays(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> dict[str, Any]:
    schema = {"type": "array", "items": draw(inner), **draw(sized("minItems", "maxItems", 4))}
    if draw(st.booleans()):
        schema["prefixItems"] = [draw(inner)]
        schema["maxItems"] = max(schema.get("maxItems", 5), 1)
    return schema


SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        objects(inner),
        arrays(inner),
        st.lists(inner, min_size=1, max_size=3).map(lambda options: {"anyOf": options}),
        inner.map(lambda part: {"allOf": [part]}),
    ),
    max_leaves=12,
)


@settings(max_examples=500, deadline=None)
@given(SCHEMAS, st.sampled_from(REPLIES), st.integers(0, 3))
def test_the_value_is_valid_against_any_schema(
    schema: dict[str, Any], answer: Reply, seed: int
) -> None:
    valid({**schema, "$defs": {"price": {"type": "number", "minimum": 0}}}, answer, seed)


RECOMMENDATION = {
    "type": "object",
    "properties": {
        "product_name": {"type": "string"},
        "price": {"type": "number"},
        "currency": {"enum": ["EUR", "USD"]},
        "inStock": {"type": "boolean"},
        "department": {"type": "string", "enum": ["Laptop", "Headphone", "Tent"]},
        "reason": {"type": "string", "maxLength": 60},
        "sku": {"type": "string"},
        "rating": {"type": ["number", "null"]},
        "discount": {"anyOf": [{"type": "number", "maximum": 0.5}, {"type": "null"}]},
        "alternatives": {"type": "array", "items": {"type": "string"}, "maxItems": 2},
        "items": {"type": "array", "items": {"$ref": "#/$defs/line"}},
    },
    "required": ["product_name", "price", "items"],
    "additionalProperties": False,
    "$defs": {
        "line": {
            "type": "object",
            "properties": {"name": {"type": "string"}, "price_cents": {"type": "integer"}},
            "required": ["name", "price_cents"],
        }
    },
}


def test_fields_are_filled_from_the_answer_where_the_names_fit() -> None:
    value = valid(RECOMMENDATION, REPLIES[0])
    answer = REPLIES[0].structured
    assert answer is not None
    assert value["product_name"] == answer["product"]
    assert value["price"] == answer["price"]
    assert (value["currency"], value["department"]) == ("USD", "Headphone")
    assert value["rating"] == answer["rating"]
    assert value["inStock"] is answer["in_stock"]
    assert value["sku"] in {product.id for product in PACK.products}
    assert value["alternatives"] == list(answer["products"])[:2]  # type: ignore[call-overload]
    assert [line["name"] for line in value["items"]] == answer["products"]


def test_a_list_of_products_holds_one_entry_per_product() -> None:
    line = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "price": {"type": "number"}},
        "required": ["name", "price"],
    }
    schema = {"type": "object", "properties": {"recommendations": {"type": "array", "items": line}}}
    value = valid(schema, REPLIES[0])
    by_name = {product.name: product.price_cents / 100 for product in PACK.products}
    assert len(value["recommendations"]) == 3
    assert all(by_name[entry["name"]] == entry["price"] for entry in value["recommendations"])


def test_an_open_object_is_the_whole_answer() -> None:
    value = valid({"type": "object"}, REPLIES[1])
    assert (value["product"], value["price_cents"]) == ("Voxelle Drift 2", 8999)
    assert valid({}, REPLIES[4]) == {"answer": REPLIES[4].text}


def test_a_recursive_schema_ends() -> None:
    node: dict[str, Any] = {
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "children": {"type": "array", "items": {"$ref": "#/$defs/node"}},
            "parent": {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]},
        },
        "required": ["name", "children", "parent"],
        "additionalProperties": False,
    }
    valid({"$ref": "#/$defs/node", "$defs": {"node": node}}, REPLIES[0])


@pytest.mark.parametrize(
    "schema",
    [
        {"$ref": "#/$defs/none"},
        {"$ref": "https://example.com/schema"},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a"}}},
        {"type": "integer", "minimum": 3, "maximum": 2},
        {"type": "string", "pattern": "("},
        {"type": "array", "items": {"const": 1}, "minItems": 2, "uniqueItems": True},
    ],
)
def test_what_cannot_be_filled_is_a_value_error(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        PACK.fill_schema(schema, REPLIES[0], Draw(0))
