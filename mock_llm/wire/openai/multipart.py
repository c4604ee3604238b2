"""Reads multipart/form-data, in which files are uploaded (RFC 7578)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mock_llm.refusals import Refusal

_BOUNDARY = re.compile(rb'boundary="?([^";,]{1,200})"?', re.IGNORECASE)
_PARAMETER = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@dataclass(frozen=True, slots=True)
class Part:
    """One field of a form; `filename` is None unless it is a file."""

    content: bytes
    filename: str | None

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")


def read_form(content_type: bytes, body: bytes) -> Mapping[str, Part]:
    """The fields of a form by name; of several with one name the last.

    Raises:
        Refusal: the body is no such form.
    """
    boundary = _BOUNDARY.search(content_type)
    if not content_type.lower().startswith(b"multipart/form-data") or not boundary:
        raise _unreadable("the Content-Type is not multipart/form-data with a boundary")
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary.group(1))
    if len(parts) < 2 or not parts[-1].startswith(b"--"):
        raise _unreadable("the form is not complete")
    form: dict[str, Part] = {}
    for part in parts[1:-1]:
        head, found, content = part.partition(b"\r\n\r\n")
        named = _disposition(head)
        if not found or "name" not in named:
            raise _unreadable("a part has no name")
        form[named["name"]] = Part(content, named.get("filename"))
    return form


def _disposition(head: bytes) -> Mapping[str, str]:
    for line in head.decode("utf-8", "replace").split("\r\n"):
        name, _, value = line.partition(":")
        if name.strip().lower() == "content-disposition":
            found = dict(_PARAMETER.findall(value))
            return {key.lower(): re.sub(r"\\(.)", r"\1", text) for key, text in found.items()}
    return {}


def _unreadable(why: str) -> Refusal:
    return Refusal("invalid_value", f"We could not parse the form in your request: {why}.")
