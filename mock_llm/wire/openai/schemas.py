"""Refuses JSON schemas that are none, or none for strict mode, in OpenAI's words."""

import re
from collections.abc import Mapping
from typing import Any

from mock_llm.model.generation import Unfit
from mock_llm.refusals import Refusal
from mock_llm.wire.json_schema import complaint
from mock_llm.wire.openai.strict_schema import root_complaint, strict_complaint

LONGEST_NAME = 64
_NAME = re.compile(r"[a-zA-Z0-9_-]+")


def check_name(name: str, param: str) -> None:
    """Check the name of a function or a schema.

    Raises:
        Refusal: it has other characters than letters, digits, _ and -, or is too long.
    """
    if not _NAME.fullmatch(name):
        raise Refusal(
            "invalid_value",
            f"Invalid '{param}': string does not match pattern. Expected a string that matches "
            "the pattern '^[a-zA-Z0-9_-]+$'.",
            param=param,
        )
    if len(name) > LONGEST_NAME:
        raise Refusal(
            "invalid_value",
            f"Invalid '{param}': string too long. Expected a string with maximum length "
            f"{LONGEST_NAME}, but got a string with length {len(name)} instead.",
            param=param,
            code="string_above_max_length",
        )


def check_format(schema: Mapping[str, Any], name: str, param: str, *, strict: bool) -> None:
    """Check the schema that an answer is to fit.

    Raises:
        Refusal: it is no schema, or, with `strict`, none that strict mode takes.
    """
    wrong = complaint(schema) or (strict_complaint(schema) if strict else None)
    _refuse(wrong, f"response_format '{name[:100]}'", param, "invalid_json_schema")


def check_parameters(schema: Mapping[str, Any], name: str, param: str, *, strict: bool) -> None:
    """Check the schema of a function's parameters; an empty one stands for no parameters.

    Raises:
        Refusal: it is no object's schema, or, with `strict`, none that strict mode takes.
    """
    wrong = complaint(schema)
    if wrong is None and schema:
        of_another_type = "type" in schema and schema["type"] != "object"
        if strict:
            wrong = strict_complaint(schema)
        elif of_another_type:
            wrong = root_complaint(schema)
    _refuse(wrong, f"function '{name[:100]}'", param, "invalid_function_parameters")


def unfit(error: Unfit, name: str, param: str) -> Refusal:
    """What is said if an answer cannot be made to fit a schema.

    Args:
        name: of the answer's schema.
        param: where that one stands.
    """
    what, code = f"response_format '{name[:100]}'", "invalid_json_schema"
    if error.tool is not None:
        what, param, code = f"function '{error.tool[:100]}'", "tools", "invalid_function_parameters"
    said = f"Invalid schema for {what}: no valid value was found: {error}."
    return Refusal("invalid_value", said, param=param, code=code)


def _refuse(wrong: str | None, what: str, param: str, code: str) -> None:
    if wrong is not None:
        said = f"Invalid schema for {what}: {wrong}."
        raise Refusal("invalid_value", said, param=param, code=code)
