"""POST /v1/embeddings."""

import asyncio
import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import EMBEDDINGS
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.lab import Lab
from mock_llm.model.models import Model
from mock_llm.refusals import Refusal
from mock_llm.wire import fields
from mock_llm.wire.kinds import check
from mock_llm.wire.openai import params
from mock_llm.wire.openai.completions import texts_and_tokens
from mock_llm.wire.openai.request import model_for

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

MOST_INPUTS = 2048
MOST_TOKENS = 300_000


@dataclass(slots=True)
class EmbeddingJob:
    """An embedding; see `mock_llm.job.Job`. It is made in a thread, unless `aside` is false."""

    model: Model
    content: str
    question: str
    texts: list[str]
    dimensions: int
    as_base64: bool
    prompt_tokens: int
    stream: bool = False
    wants_json: bool = False
    steady: bool = True
    aside: bool = True

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        # Loading the weights takes a second the first time: other requests go on meanwhile.
        asked = self.texts, self.dimensions
        vectors = await asyncio.to_thread(_embed, *asked) if self.aside else _embed(*asked)
        return Result(Usage(self.prompt_tokens, 0), vectors=vectors)

    def body(self, visit: Visit, result: Result) -> bytes:
        data = [
            {"object": "embedding", "index": index, "embedding": self._written(vector)}
            for index, vector in enumerate(result.vectors)
        ]
        used = {"prompt_tokens": result.usage.prompt, "total_tokens": result.usage.prompt}
        whole = {"object": "list", "data": data, "model": self.model.asked_as, "usage": used}
        return orjson.dumps(whole, option=orjson.OPT_SERIALIZE_NUMPY)

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        raise NotImplementedError("embeddings are not streamed")

    def _written(self, vector: Any) -> Any:
        if not self.as_base64:
            return vector
        # Little-endian 32-bit floats; every machine that Python's wheels exist for stores them so.
        return base64.b64encode(vector.tobytes()).decode()


def _embed(texts: list[str], dimensions: int) -> Any:
    from mock_llm.model.embeddings import EmbeddingsUnavailable, embed

    try:
        return embed(texts, dimensions)
    except EmbeddingsUnavailable as error:
        raise Refusal("unavailable", str(error)) from error


def read_embedding(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Mapping[str, Any]
) -> EmbeddingJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "embeddings")
    check(params.EMBEDDING, request)
    inputs = texts_and_tokens(request, "input")
    if len(inputs) > MOST_INPUTS:
        raise fields.out_of_range("input", f"at most {MOST_INPUTS} inputs", len(inputs))
    for number, (text, count) in enumerate(inputs):
        if not text:
            raise fields.out_of_range(f"input[{number}]", "text that is not empty", text)
        if count > model.context_window:
            raise Refusal(
                "context_length",
                f"This model's maximum context length is {model.context_window} tokens, however "
                f"input[{number}] has {count}. Please reduce your prompt.",
                param="input",
            )
    if sum(count for _, count in inputs) > MOST_TOKENS:
        raise fields.out_of_range("input", f"at most {MOST_TOKENS} tokens in all", "more")
    question = fields.question_of(request)
    return EmbeddingJob(
        model=model,
        content=f"{EMBEDDINGS} {model.id} {question}",
        question=question,
        texts=[text for text, _ in inputs],
        dimensions=_dimensions(request, model),
        as_base64=request.get("encoding_format") == "base64",
        prompt_tokens=sum(count for _, count in inputs),
    )


def _dimensions(request: Mapping[str, Any], model: Model) -> int:
    asked: int | None = request.get("dimensions")
    if asked is not None and asked > model.dimensions:
        raise Refusal(
            "invalid_value",
            f"Invalid value for 'dimensions' = {asked}. Must be less than or equal to "
            f"{model.dimensions}.",
            param="dimensions",
        )
    return asked or model.dimensions
