"""Reads a batch's input file: JSON lines with custom_id, method, url and body."""

from collections.abc import Mapping
from typing import Any

from mock_llm.bounded_json import load_json

MOST_LINES = 50_000
_SHOWN_ERRORS = 100

Json = Mapping[str, Any]


def read_lines(content: bytes, endpoint: str) -> tuple[list[Json], list[Json]]:
    """The requests in a file, and what is wrong with it; a file with any error is not run."""
    lines: list[Json] = []
    errors: list[Json] = []
    seen: set[str] = set()
    for number, text in enumerate(content.splitlines(), 1):
        if not text.strip():
            continue
        line, problem = _line(text, endpoint, seen)
        if problem is not None:
            code, message, param = problem
            errors.append({"code": code, "message": message, "param": param, "line": number})
            if len(errors) >= _SHOWN_ERRORS:
                break
        elif line is not None:
            seen.add(line["custom_id"])
            lines.append(line)
    if not errors and not lines:
        message = "The input file is empty. Please ensure that the batch contains requests."
        errors.append({"code": "empty_file", "message": message, "param": None, "line": None})
    if len(lines) > MOST_LINES:
        message = f"The input file has more than {MOST_LINES} requests."
        errors.append({"code": "too_many_tasks", "message": message, "param": None, "line": None})
    return ([], errors) if errors else (lines, [])


def _line(
    text: bytes, endpoint: str, seen: set[str]
) -> tuple[Json | None, tuple[str, str, str | None] | None]:
    try:
        line = load_json(text)
    except ValueError:
        line = None
    if not isinstance(line, dict):
        return None, ("invalid_json_line", "This line is not parseable as valid JSON.", None)
    for key in ("custom_id", "method", "url", "body"):
        if line.get(key) is None:
            return None, (
                "missing_required_parameter",
                f"Missing required parameter: '{key}'.",
                key,
            )
    if not isinstance(line["custom_id"], str):
        return None, ("invalid_custom_id", "The custom_id must be a string.", "custom_id")
    if line["custom_id"] in seen:
        said = "The custom_id for this request is a duplicate of another request."
        return None, ("duplicate_custom_id", said, "custom_id")
    if line["method"] != "POST":
        return None, ("invalid_method", "The HTTP method of a request must be POST.", "method")
    if line["url"] != endpoint:
        said = "The URL provided for this request does not match the batch endpoint."
        return None, ("mismatched_url", said, "url")
    if not isinstance(line["body"], dict):
        return None, ("invalid_request_body", "The body must be a JSON object.", "body")
    return line, None
