"""POST /v1/moderations."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import MODERATIONS
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.lab import Lab
from mock_llm.model import tokens
from mock_llm.model.models import Model
from mock_llm.model.moderation import CATEGORIES, SEEN_IN_IMAGES, flagged
from mock_llm.wire import fields
from mock_llm.wire.openai.complaints import KINDS
from mock_llm.wire.openai.prompt import image_tokens
from mock_llm.wire.openai.request import model_for

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

MOST_INPUTS = 2_048
DEFAULT_MODEL = "omni-moderation-latest"
_PART = KINDS.one_of("text", "image_url")


@dataclass(frozen=True, slots=True)
class _Input:
    """One thing to be judged: its text, and whether an image came with it."""

    text: str
    has_image: bool = False


@dataclass(slots=True)
class ModerationJob:
    """A moderation; see `mock_llm.job.Job`. It is free, as at OpenAI."""

    model: Model
    content: str
    question: str
    inputs: list[_Input]
    stream: bool = False
    wants_json: bool = False
    steady: bool = True
    prompt_tokens: int = 0

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        return Result(Usage(0, 0))

    def body(self, visit: Visit, result: Result) -> bytes:
        return orjson.dumps(
            {
                "id": f"modr-{visit.token}",
                "model": self.model.asked_as,
                "results": [_judged(each) for each in self.inputs],
            }
        )

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        raise NotImplementedError("moderations are not streamed")


def _judged(given: _Input) -> Mapping[str, Any]:
    found = flagged(given.text)
    draw = Draw(0, "moderation", given.text)
    scores = {
        name: 0.8 + 0.2 * draw.uniform(name) if name in found else 0.001 * draw.uniform(name)
        for name in CATEGORIES
    }
    applied = {
        name: [
            *(["text"] if given.text else []),
            *(["image"] if given.has_image and name in SEEN_IN_IMAGES else []),
        ]
        for name in CATEGORIES
    }
    return {
        "flagged": bool(found),
        "categories": {name: name in found for name in CATEGORIES},
        "category_scores": scores,
        "category_applied_input_types": applied,
    }


def read_moderation(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Mapping[str, Any]
) -> ModerationJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, {"model": DEFAULT_MODEL, **request}, "moderations")
    question = fields.question_of(request)
    return ModerationJob(
        model=model,
        content=f"{MODERATIONS} {model.id} {question}",
        question=question,
        inputs=_inputs(model, request),
    )


def _inputs(model: Model, request: Mapping[str, Any]) -> list[_Input]:
    """A text, a list of texts, or parts that are judged as one."""
    value = request.get("input")
    if value is None:
        raise fields.missing("input")
    if isinstance(value, str):
        return [_text(model, value, "input")]
    if not isinstance(value, list):
        raise fields.wrong_type("input", "a string or an array", value)
    if not value:
        raise fields.out_of_range("input", "at least one element", value)
    if len(value) > MOST_INPUTS:
        raise fields.out_of_range("input", f"at most {MOST_INPUTS} inputs", len(value))
    if all(isinstance(each, str) for each in value):
        return [_text(model, each, f"input[{number}]") for number, each in enumerate(value)]
    return [_parts(model, value)]


def _parts(model: Model, parts: list[Any]) -> _Input:
    texts, has_image = [], False
    for number, part in enumerate(parts):
        where = f"input[{number}]"
        if not isinstance(part, dict):
            raise fields.wrong_type(where, "an object", part)
        _PART.check(f"{where}.type", part.get("type"))
        if part["type"] == "text":
            texts.append(fields.needed_text(part, "text"))
        else:
            image = fields.table(part, "image_url", f"{where}.image_url")
            image_tokens(model, image.get("url"), None, where)
            has_image = True
    given = _text(model, "\n".join(texts), "input")
    return _Input(given.text, has_image)


def _text(model: Model, text: str, where: str) -> _Input:
    if len(text) > model.context_window and tokens.count(text) > model.context_window:
        raise fields.out_of_range(where, f"at most {model.context_window} tokens", "more")
    return _Input(text)
