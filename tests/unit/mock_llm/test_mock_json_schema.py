import pytest

from mock_llm.wire.json_schema import MOST_PARTS, complaint


@pytest.mark.parametrize(
    "schema",
    [
        {},
        {"type": "object", "properties": {"a": True, "b": {"type": ["string", "null"]}}},
        {"type": "object", "required": ["a"], "additionalProperties": False, "x-mine": 5},
        {"type": "array", "items": {"enum": [1, None]}, "minItems": 2, "maxItems": 3},
        {"anyOf": [{"$ref": "#/$defs/n"}, {"const": {}}], "$defs": {"n": {"pattern": "^a+$"}}},
        {"$ref": "#/x~1y", "x/y": {"if": True, "then": {"$ref": "#/nowhere"}}},
        {"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/a/items", "items": {"$ref": "#"}}}},
        {"dependentRequired": {"a": ["b"]}, "contains": True, "minContains": 0},
        {"type": "number", "minimum": -1.5, "exclusiveMaximum": 2, "multipleOf": 0.5},
    ],
)
def test_a_schema_passes_with_keywords_of_its_own(schema):
    assert complaint(schema) is None


@pytest.mark.parametrize(
    ("schema", "where"),
    [
        ([], "schema"),
        ({"type": "text"}, "type"),
        ({"type": []}, "type"),
        ({"properties": True}, "properties"),
        ({"properties": {"a": {"properties": {"b": 5}}}}, "properties.a.properties.b"),
        ({"required": "a"}, "required"),
        ({"required": [1]}, "required"),
        ({"items": [{}]}, "items"),
        ({"enum": []}, "enum"),
        ({"anyOf": []}, "anyOf"),
        ({"anyOf": [{}, {"minItems": -1}]}, "anyOf.1.minItems"),
        ({"minItems": 1.5}, "minItems"),
        ({"minLength": 10**9}, "minLength"),
        ({"maximum": "9"}, "maximum"),
        ({"multipleOf": 0}, "multipleOf"),
        ({"pattern": "("}, "pattern"),
        ({"$ref": 5}, "$ref"),
        ({"$defs": {"n": {"uniqueItems": 1}}}, "$defs.n.uniqueItems"),
        ({"if": {"type": "text"}}, "if.type"),
        ({"then": True, "else": []}, "else"),
        ({"dependentRequired": {"a": "b"}}, "dependentRequired"),
        ({"dependentSchemas": {"a": {"minItems": -1}}}, "dependentSchemas.a.minItems"),
        ({"propertyNames": {"pattern": "("}}, "propertyNames.pattern"),
        ({"patternProperties": {"(": {}}}, "patternProperties"),
        ({"unevaluatedProperties": {"not": 5}}, "unevaluatedProperties.not"),
        ({"contains": {}, "maxContains": -1}, "maxContains"),
        ({"$anchor": 5}, "$anchor"),
        ({"$ref": "#/x/y", "x": {"y": {"enum": 5}}}, "x.y.enum"),
    ],
)
def test_a_wrong_keyword_is_named_with_its_path(schema, where):
    assert str(complaint(schema)).split(" ")[0] == where


def test_a_schema_may_be_as_deep_as_json():
    schema = {"type": "text"}
    for _ in range(MOST_PARTS - 1):
        schema = {"items": schema}
    assert str(complaint(schema)).endswith(".items.type has a value that is not allowed")
