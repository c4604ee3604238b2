"""What Anthropic says about a parameter of the wrong type, or one whose value is out of bounds."""

from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic import fields
from mock_llm.wire.anthropic.errors import invalid
from mock_llm.wire.kinds import Kinds

LONGEST_PATH = 100
_NAMES = {
    "a boolean": "boolean",
    "a decimal": "number",
    "an integer": "integer",
    "a string": "string",
    "an array": "list",
    "an object": "dictionary",
}


class _Words:
    def wrong_type(self, path: str, expected: tuple[str, ...], value: object) -> Refusal:
        if not any(name in _NAMES for name in expected):
            return fields.none_of(path, [name[1:-1] for name in expected])
        return fields.wrong_type(path, " or ".join(_NAMES.get(name, name) for name in expected))

    def too_small(self, path: str, kind: str, least: float, value: float) -> Refusal:
        return invalid(f"{path}: Input should be greater than or equal to {least}", path)

    def too_large(self, path: str, kind: str, most: float, value: float) -> Refusal:
        return invalid(f"{path}: Input should be less than or equal to {most}", path)

    def not_one_of(self, path: str, known: tuple[str, ...], value: str) -> Refusal:
        return fields.none_of(path, known)

    def too_long(self, path: str, most: int, value: str) -> Refusal:
        return invalid(f"{path}: String should have at most {most} characters", path)

    def inside(self, path: str, key: str | int) -> str:
        return f"{path}.{key}"[:LONGEST_PATH]


KINDS = Kinds(_Words())
