"""JSON that others wrote, read only if it can be written again.

orjson reads 1,024 levels of nesting but writes 254, and Python code that walks through a value
needs a stack as deep as that. What nests deeper than anybody means it to is refused at the door.
"""

from typing import Any

import orjson

DEEPEST = 128
_WRITTEN = 254  # levels that orjson writes


class TooDeep(ValueError):
    """JSON that nests deeper than `DEEPEST` levels."""


def load_json(text: bytes | str) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: it is not JSON (then an `orjson.JSONDecodeError`), or nests too deeply.
    """
    value = orjson.loads(text)
    if _brackets(text) > DEEPEST and _is_too_deep(value):
        raise TooDeep(f"it nests deeper than {DEEPEST} levels")
    return value


def _brackets(text: bytes | str) -> int:
    if isinstance(text, bytes):
        return text.count(b"[") + text.count(b"{")
    return text.count("[") + text.count("{")


def _is_too_deep(value: object) -> bool:
    """Whether as many levels more as make up the difference are too many for the writer."""
    for _ in range(_WRITTEN - DEEPEST):
        value = [value]
    try:
        orjson.dumps(value)
    except TypeError:
        return True
    return False
