"""JSON schemas composed at random around a value that fits them, so that each can be satisfied."""

NAMES = ["product", "price", "name", "items", "tags", "id", "a", "b", "kind"]
TYPES = ["null", "boolean", "integer", "string", "array", "object"]
PATTERNS = {
    "red": ["^r", "d$", "^[a-z]+$"],
    "green": ["een$", "^gr"],
    "A1": [r"^[A-Z]\d$", r"\d"],
    "x-9": ["-", r"^\w-\d$"],
    "hello world": [" ", r"^\w+ \w+$"],
}
DEEPEST = 4


def value(chance, depth=0):
    """Any value."""
    inner = ["object", "object", "array"] if depth < 3 else []
    match chance.choice(["string", "integer", "number", "boolean", "null", *inner]):
        case "string":
            return chance.choice(list(PATTERNS))
        case "integer":
            return chance.randint(-20, 20)
        case "number":
            return chance.choice([0.5, 2.25, -1.5, 10.75])
        case "boolean":
            return chance.random() < 0.5
        case "object":
            names = chance.sample(NAMES, chance.randint(0, 4))
            return {name: value(chance, depth + 1) for name in names}
        case "array":
            return [value(chance, depth + 1) for _ in range(chance.randint(0, 3))]


def type_of(value):
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}
    return {**kinds, dict: "object", type(None): "null"}[type(value)]


def wrong(chance, value):
    """A schema that the value does not fit."""
    kind, way = type_of(value), chance.randrange(5)
    numeric = kind in ("integer", "number")
    others = [each for each in TYPES if each != kind and not (numeric and each == "integer")]
    if way == 0:
        return {"type": chance.choice(others)}
    if way == 1:
        return {"const": "never"}
    if kind == "object":
        if way == 2:
            missing = [name for name in NAMES if name not in value]
            return {"type": "object", "required": [chance.choice(missing)]}
        if way == 3 and value:
            name = chance.choice(list(value))
            return {"properties": {name: wrong(chance, value[name])}}
        return {"type": "object", "minProperties": len(value) + 1}
    if kind == "array":
        if way == 4 and value:
            return {"items": wrong(chance, value[0])}
        return {"type": "array", "minItems": len(value) + 1}
    if numeric:
        return {"minimum": value + 1} if way < 4 else {"type": "number", "maximum": value - 1}
    if kind == "string":
        return {"minLength": len(value) + 1} if way < 4 else {"pattern": "^never$"}
    return {"type": others}


def right(chance, value, depth=0):
    """A schema that the value fits."""

    def now(probability):
        return chance.random() < probability

    kind = type_of(value)
    if now(0.08):
        return {"enum": [value, "zz", None]}
    schema = {}
    if now(0.85):
        schema["type"] = kind if now(0.8) else [kind, chance.choice(TYPES)]
        if schema["type"] == [kind, kind]:
            schema["type"] = kind
    if kind in OF_TYPE:
        OF_TYPE[kind](schema, chance, now, value, depth)
    if depth < DEEPEST:
        _composed(schema, chance, now, value, depth)
    return schema


def _string(schema, chance, now, value, depth):
    if now(0.3):
        schema["minLength"] = chance.randint(0, len(value))
    if now(0.3):
        schema["maxLength"] = len(value) + chance.randint(0, 5)
    if now(0.3):
        schema["pattern"] = chance.choice(PATTERNS[value])


def _number(schema, chance, now, value, depth):
    if now(0.3):
        schema["minimum"] = value - chance.randint(0, 5)
    if now(0.3):
        schema["maximum"] = value + chance.randint(0, 5)
    if now(0.2):
        schema["multipleOf"] = 0.25


def _object(schema, chance, now, value, depth):
    names = list(value)
    if now(0.8):
        own = [name for name in names if now(0.9)]
        schema["properties"] = {name: right(chance, value[name], depth + 1) for name in own}
    if now(0.7):
        schema["required"] = [name for name in names if now(0.6)]
    if now(0.2):
        schema["minProperties"] = chance.randint(0, len(names))
    if now(0.2):
        schema["maxProperties"] = len(names) + chance.randint(0, 2)
    if now(0.3) and set(names) <= set(schema.get("properties", ())):
        schema[chance.choice(["additionalProperties", "unevaluatedProperties"])] = False
    if now(0.2):
        schema["propertyNames"] = {"pattern": "^[a-z]+$"}
    if now(0.2) and names:
        needs = chance.sample(names, chance.randint(0, len(names)))
        schema["dependentRequired"] = {chance.choice(names): needs}
    if now(0.2) and depth < DEEPEST:
        inner = right(chance, value, depth + 3)
        schema["dependentSchemas"] = {chance.choice(NAMES): inner}
    if now(0.2) and names:
        name = chance.choice(names)
        schema["patternProperties"] = {f"^{name}$": right(chance, value[name], depth + 1)}


def _array(schema, chance, now, value, depth):
    if value and now(0.3):
        schema["prefixItems"] = [right(chance, value[0], depth + 1)]
    if value and now(0.3):
        schema["contains"] = right(chance, chance.choice(value), depth + 1)
        schema["minContains"] = chance.randint(0, 1)
    if len(set(map(type_of, value))) == 1 and now(0.6):
        schema["items"] = {"type": type_of(value[0])}
    if now(0.3):
        schema["minItems"] = chance.randint(0, len(value))
    if now(0.3):
        schema["maxItems"] = len(value) + chance.randint(0, 2)
    if now(0.2) and len({repr(each).lower() for each in value}) == len(value):
        schema["uniqueItems"] = not {"boolean", "number", "object"} & set(map(type_of, value))


OF_TYPE = {
    "string": _string,
    "integer": _number,
    "number": _number,
    "object": _object,
    "array": _array,
}


def _composed(schema, chance, now, value, depth):
    def inner():
        return right(chance, value, depth + 2)

    if now(0.15):
        schema["not"] = wrong(chance, value)
    if now(0.12):
        options = [inner(), wrong(chance, value), wrong(chance, value)]
        schema["anyOf"] = chance.sample(options, 3)
    if now(0.12):
        schema["oneOf"] = chance.sample([inner(), wrong(chance, value)], 2)
    if now(0.12):
        schema["allOf"] = [inner() for _ in range(chance.randint(1, 3))]
    if now(0.12):
        holds = now(0.5)
        branches = [inner(), wrong(chance, value)]
        schema["if"] = inner() if holds else wrong(chance, value)
        schema["then"], schema["else"] = branches if holds else reversed(branches)
