"""What a prompt is made of beside its texts: images, audio, files; and a prompt as one text.

Tokens of what is not text follow simple rules: an image counts 85 tokens at detail low and 765 at
any other (OpenAI's count for a square of 1024 pixels), whatever its true size; a file that comes
with the request one per four bytes. No model here hears: audio is refused.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mock_llm.lab import Lab
from mock_llm.model.models import Model
from mock_llm.model.prompt_cache import LEAST, STEP
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.openai.complaints import KINDS
from mock_llm.wire.openai.files import find_file
from mock_llm.wire.openai.objects import no_such_file

LOW_DETAIL = 85
OTHER_DETAIL = 765
BYTES_PER_TOKEN = 4
_DETAIL = KINDS.one_of("auto", "low", "high", "original")


def image_tokens(model: Model, url: object, detail: object, where: str) -> int:
    """What an image counts.

    Raises:
        Refusal: the model does not see, or the image is not named properly.
    """
    if not model.images:
        raise Refusal(
            "invalid_value",
            f"Invalid content type. image_url is not supported by {model.asked_as}.",
            param=where,
        )
    if not isinstance(url, str):
        raise fields.wrong_type(f"{where}.image_url", "a string", url)
    if not url.startswith(("http://", "https://", "data:image/")):
        raise fields.out_of_range(
            f"{where}.image_url", "a http(s) URL or a data URL with an image", url[:60]
        )
    if detail is not None:
        _DETAIL.check(f"{where}.detail", detail)
    return LOW_DETAIL if detail == "low" else OTHER_DETAIL


def part_tokens(lab: Lab, model: Model, messages: Sequence[Mapping[str, Any]]) -> int:
    """How many tokens the parts of a chat are that are not text.

    Raises:
        Refusal: the model does not take such a part, or it is not named properly.
    """
    total = 0
    for number, message in enumerate(messages):
        content = message.get("content")
        if not isinstance(content, list):
            continue
        for position, part in enumerate(content):
            kind = part["type"]
            if kind != "text":
                where = f"messages[{number}].content[{position}]"
                total += _part_tokens(lab, model, kind, part, where)
    return total


def _part_tokens(lab: Lab, model: Model, kind: str, part: Mapping[str, Any], where: str) -> int:
    if kind == "image_url":
        image = fields.table(part, "image_url", f"{where}.image_url")
        return image_tokens(model, image.get("url"), image.get("detail"), where)
    if kind == "file":
        return file_tokens(lab, fields.table(part, "file", f"{where}.file"), where)
    if kind == "input_audio":
        raise Refusal(
            "invalid_value",
            f"Invalid content type. input_audio is not supported by {model.asked_as}.",
            param=where,
        )
    return 0


def file_tokens(lab: Lab, file: Mapping[str, Any], where: str) -> int:
    """What a file counts: one of the lab's own, or one that comes with the request.

    Raises:
        Refusal: there is no such file, or it is not named properly.
    """
    id = fields.text(file, "file_id")
    if id is not None:
        kept = find_file(lab, id)
        if kept is None:
            raise no_such_file(id, f"{where}.file_id")
        return -(-len(kept.content) // BYTES_PER_TOKEN)
    data = fields.text(file, "file_data")
    if data is None:
        raise fields.missing(f"{where}.file_data")
    # In base64 three bytes are four characters.
    return -(-len(data) * 3 // 4 // BYTES_PER_TOKEN)


def effort_of(model: Model, value: str | None, param: str) -> str:
    """How hard a model is to think.

    Raises:
        Refusal: the model does not reason.
    """
    if value is None:
        return model.reasoning_effort or "none"
    if model.reasoning_effort is None:
        raise Refusal(
            "unsupported",
            f"Unsupported parameter: '{param}' is not supported with this model.",
            param=param,
        )
    return value


def cacheable(
    model: Model,
    prompt_tokens: int,
    tools: Sequence[Mapping[str, Any]],
    messages: Sequence[Mapping[str, Any]],
) -> str | None:
    """The prompt as one text, its tools first; None if it is too short to be cached."""
    if not model.prompt_cache or prompt_tokens < LEAST:
        return None
    parts = [orjson.dumps(tools).decode()] if tools else []
    for message in messages:
        parts.append(str(message.get("role")))
        content = message.get("content")
        parts.append(content if isinstance(content, str) else orjson.dumps(content).decode())
        if message.get("tool_calls"):
            parts.append(orjson.dumps(message["tool_calls"]).decode())
    return "\n".join(parts)


def cached_tokens(lab: Lab, model: Model, prompt: str | None, prompt_tokens: int) -> int:
    """How much of a prompt this lab has sent before; it counts as sent from now on."""
    if prompt is None:
        return 0
    return min(lab.kept.prompts.use(model.id, prompt), prompt_tokens // STEP * STEP)
