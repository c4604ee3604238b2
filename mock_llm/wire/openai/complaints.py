"""What OpenAI says about a parameter of the wrong type, or one whose value is out of bounds."""

from collections.abc import Sequence

from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.kinds import Kinds

LONGEST_PATH = 100


class _Words:
    def wrong_type(self, path: str, expected: tuple[str, ...], value: object) -> Refusal:
        return fields.wrong_type(path, _named(expected), value)

    def too_small(self, path: str, kind: str, least: float, value: float) -> Refusal:
        return _bound(path, kind, "below minimum", f">= {least}", value, f"{kind}_below_min_value")

    def too_large(self, path: str, kind: str, most: float, value: float) -> Refusal:
        return _bound(path, kind, "above maximum", f"<= {most}", value, f"{kind}_above_max_value")

    def not_one_of(self, path: str, known: tuple[str, ...], value: str) -> Refusal:
        supported = _series([f"'{each}'" for each in known], "and")
        return Refusal(
            "invalid_value",
            f"Invalid value: {fields.shown(value)}. Supported values are: {supported}.",
            param=path,
        )

    def too_long(self, path: str, most: int, value: str) -> Refusal:
        return Refusal(
            "invalid_value",
            f"Invalid '{path}': string too long. Expected a string with maximum length {most}, "
            f"but got a string with length {len(value)} instead.",
            param=path,
            code="string_above_max_length",
        )

    def inside(self, path: str, key: str | int) -> str:
        inner = f"{path}[{key}]" if isinstance(key, int) else f"{path}.{key}"
        return inner[:LONGEST_PATH]


WORDS = _Words()
KINDS = Kinds(WORDS)


def _bound(path: str, kind: str, how: str, bound: str, value: float, code: str) -> Refusal:
    return Refusal(
        "invalid_value",
        f"Invalid '{path}': {kind} {how} value. Expected a value {bound}, but got {value} instead.",
        param=path,
        code=code,
    )


def _named(expected: Sequence[str]) -> str:
    """Kinds as a message lists them: only the first keeps its article."""
    first, *others = expected
    if not others:
        return first
    bare = [other.removeprefix("an ").removeprefix("a ") for other in others]
    return f"one of {_series([first, *bare], 'or')}"


def _series(parts: Sequence[str], last: str) -> str:
    if len(parts) < 3:
        return f" {last} ".join(parts)
    return f"{', '.join(parts[:-1])}, {last} {parts[-1]}"
