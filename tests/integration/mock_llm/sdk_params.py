"""The parameters of the official SDKs' methods, and values for them, as their annotations say."""

from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Literal, Union, get_args, get_origin, get_type_hints

SAMPLES = {
    "string": ["x", ""],
    "integer": [7, 0],
    "decimal": [0.5, 0.0],
    "boolean": [True, False],
    "array": [["x"], []],
    "object": [{"x": 1}, {}],
}
_KINDS = {str: "string", int: "integer", float: "decimal", bool: "boolean"}
_RIGHT = {str: ["x"], int: [1], float: [0.5, 1], bool: [True, False]}


def parameters(annotation):
    """The parameters of a TypedDict, or of a union of some: the members of their types by name."""
    found = {}
    for shape in shapes(members(annotation)):
        for name, inner in get_type_hints(shape).items():
            found[name] = list(dict.fromkeys([*found.get(name, ()), *members(inner)]))
    return found


def wrong(types, samples=slice(2), inside=True):
    """Values of none of these types, of each kind of JSON; and right ones with such inside."""
    allowed = {kind for each in types for kind in _kinds(each)}
    yield from (each for kind in SAMPLES if kind not in allowed for each in SAMPLES[kind][samples])
    if "string" in allowed and str not in types and object not in types:
        yield "no such value"
    if inside:
        yield from _wrong_inside(types)


def right(types):
    """Values of these types: of each, and every choice."""
    for each in types:
        if get_origin(each) is Literal:
            yield from get_args(each)
        elif _is_array(each):
            yield from ([value] for value in right(members(get_args(each)[0])))
        elif _is_mapping(each):
            yield {"x": next(right(members(get_args(each)[1])), "x")}
        elif _is_shape(each):
            yield {name: next(right(inner), "x") for name, inner in parameters(each).items()}
        elif each is type(None):
            yield None
        else:
            yield from _RIGHT.get(each, ())


def members(annotation):
    """What a union is made of, or the annotation alone."""
    if get_origin(annotation) in (Union, UnionType):
        return list(dict.fromkeys(each for one in get_args(annotation) for each in members(one)))
    return [annotation]


def shapes(types):
    """The TypedDicts among types."""
    return [each for each in types if _is_shape(each)]


def _wrong_inside(types):
    # Of several of a kind, one has to be told from the others first.
    inner = [each for each in types if _is_array(each)]
    if len(inner) == 1:
        yield from ([value] for value in wrong(members(get_args(inner[0])[0]), slice(1)))
    inner = [each for each in types if _is_mapping(each)]
    if len(inner) == 1:
        yield from ({"x": value} for value in wrong(members(get_args(inner[0])[1]), slice(1)))
    if len(shapes(types)) == 1:
        for name, own in parameters(shapes(types)[0]).items():
            yield from ({name: value} for value in wrong(own, slice(1)))


def _kinds(annotation):
    """The kinds of JSON that a value may be."""
    if get_origin(annotation) is Literal:
        return {_KINDS[type(value)] for value in get_args(annotation)}
    if _is_array(annotation):
        return {"array"}
    if _is_shape(annotation) or _is_mapping(annotation):
        return {"object"}
    if annotation is object:
        return set(SAMPLES)
    return {"decimal", "integer"} if annotation is float else {_KINDS.get(annotation)}


def _is_array(annotation):
    return get_origin(annotation) in (list, Iterable, Sequence)


def _is_mapping(annotation):
    return get_origin(annotation) in (dict, Mapping)


def _is_shape(annotation):
    # The SDKs' TypedDicts are those of typing_extensions, which `typing` does not know.
    return isinstance(annotation, type) and hasattr(annotation, "__required_keys__")
