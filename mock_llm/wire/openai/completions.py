"""POST /v1/completions, the API before chat; the prompt is taken as a user's message."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_kinds import COMPLETIONS
from mock_llm.injected.faults import Fault
from mock_llm.job import Result
from mock_llm.lab import Lab
from mock_llm.model import tokens
from mock_llm.model.generation import Ask, Choice, generate
from mock_llm.model.models import Model
from mock_llm.wire import fields
from mock_llm.wire.kinds import check
from mock_llm.wire.openai import params
from mock_llm.wire.openai.logprobs import completion_logprobs, token_logprobs
from mock_llm.wire.openai.request import is_steady, max_tokens, model_for, room
from mock_llm.wire.openai.usage import DONE, event, usage

if TYPE_CHECKING:
    from mock_llm.model.answers import KnowledgePack

DEFAULT_MAX_TOKENS = 16
MOST_CHOICES = 2_048


@dataclass(slots=True)
class CompletionJob:
    """A legacy completion; see `mock_llm.job.Job`. Each prompt has choices of its own."""

    model: Model
    stream: bool
    content: str
    question: str
    steady: bool
    asks: list[Ask]
    echoes: list[str]
    prompt_tokens: int
    with_usage: bool
    pack: "KnowledgePack"
    alternatives: int | None
    shown: int
    wants_json: bool = False

    async def work(self, draws: Callable[[int], Draw], fault: Fault | None) -> Result:
        made: list[Choice] = []
        reply = None
        for ask in self.asks:
            before = len(made)
            choices, about = generate(
                self.pack, self.model, ask, partial(_numbered, draws, before), fault
            )
            made += choices
            reply = reply or about
        return Result(Usage(self.prompt_tokens, sum(each.tokens for each in made)), made, reply)

    def body(self, visit: Visit, result: Result) -> bytes:
        # Of the choices for a prompt the first are the best: nothing here can tell them apart.
        shown = [
            self._choice(choice, self._echo(index) + choice.text)
            for index, choice in enumerate(result.choices)
            if index % self.asks[0].n < self.shown
        ]
        choices = [{"index": index, **choice} for index, choice in enumerate(shown)]
        used = usage(result.usage)
        return orjson.dumps({**self._head(visit), "choices": choices, "usage": used})

    def events(self, visit: Visit, result: Result) -> Iterator[tuple[int, bytes]]:
        head = self._head(visit)
        nothing_yet = {"usage": None} if self.with_usage else {}

        def chunk(index: int, text: str, finish: str | None = None, known: Any = None) -> bytes:
            choice = {"text": text, "index": index, "logprobs": known, "finish_reason": finish}
            return event({**head, "choices": [choice], **nothing_yet})

        known = [
            self._logprobs(choice.spoken, len(self._echo(index)))
            for index, choice in enumerate(result.choices)
        ]
        for index in range(len(result.choices)):
            if self._echo(index):
                yield 0, chunk(index, self._echo(index))
        for step, pieces in enumerate(zip_longest(*(each.pieces for each in result.choices))):
            for index, piece in enumerate(pieces):
                if piece is not None:
                    logprobs = known[index]
                    own = None if logprobs is None else token_logprobs(logprobs, step)
                    yield step, chunk(index, piece, known=own)
        for index, choice in enumerate(result.choices):
            yield result.steps, chunk(index, "", choice.finish_reason)
        if self.with_usage:
            yield result.steps, event({**head, "choices": [], "usage": usage(result.usage)})
        yield result.steps, DONE

    def _choice(self, choice: Choice, text: str) -> dict[str, Any]:
        logprobs = self._logprobs(choice.spoken, len(text) - len(choice.text))
        return {"text": text, "logprobs": logprobs, "finish_reason": choice.finish_reason}

    def _logprobs(self, pieces: Sequence[str], offset: int) -> Mapping[str, Any] | None:
        if self.alternatives is None:
            return None
        return completion_logprobs(pieces, self.alternatives, offset)

    def _echo(self, index: int) -> str:
        return self.echoes[index // self.asks[0].n]

    def _head(self, visit: Visit) -> dict[str, Any]:
        return {
            "id": f"cmpl-{visit.token}",
            "object": "text_completion",
            "created": visit.created,
            "model": self.model.asked_as,
        }


def _numbered(draws: Callable[[int], Draw], before: int, index: int) -> Draw:
    return draws(before + index)


def read_completion(
    models: Mapping[str, Model], pack: "KnowledgePack", lab: Lab, request: Mapping[str, Any]
) -> CompletionJob:
    """The job that a request describes.

    Raises:
        Refusal: a field is missing, wrong or too large, or the model is not there.
    """
    model = model_for(models, request, "completions")
    check(params.COMPLETION, request)
    prompts = texts_and_tokens(request, "prompt")
    asked = max_tokens(request, model, "max_tokens") or DEFAULT_MAX_TOKENS
    n = request.get("n") or 1
    best_of = _best_of(request, n)
    if len(prompts) * best_of > MOST_CHOICES:
        raise fields.out_of_range("prompt", f"at most {MOST_CHOICES} choices in all", len(prompts))
    stop = fields.stops(request)
    echo = request.get("echo") is True
    options = request.get("stream_options") or {}
    question = fields.question_of(request)
    return CompletionJob(
        model=model,
        stream=request.get("stream") is True,
        content=f"{COMPLETIONS} {model.id} {question}",
        question=question,
        steady=is_steady(request),
        asks=[
            Ask(
                messages=[{"role": "user", "content": prompt}],
                max_tokens=room(model, count, asked, "prompt"),
                n=best_of,
                stop=stop,
            )
            for prompt, count in prompts
        ],
        echoes=[prompt if echo else "" for prompt, _ in prompts],
        prompt_tokens=sum(count for _, count in prompts),
        with_usage=options.get("include_usage") is True,
        pack=pack,
        alternatives=request.get("logprobs"),
        shown=n,
    )


def _best_of(request: Mapping[str, Any], n: int) -> int:
    """How many choices are made, and paid, for each that is shown."""
    best_of: int = request.get("best_of") or n
    if best_of < n:
        raise fields.out_of_range("best_of", f"at least n ({n})", best_of)
    if best_of > n and request.get("stream"):
        raise fields.out_of_range("best_of", "no more than n in a stream", best_of)
    return best_of


def texts_and_tokens(request: Mapping[str, Any], key: str) -> list[tuple[str, int]]:
    """The texts under a key with their token counts: a text, token ids, or a list of either.

    Token ids may be of any vocabulary; they are counted, and read as words of their own.
    """
    value = request.get(key)
    if value is None:
        raise fields.missing(key)
    if isinstance(value, str):
        return [(value, tokens.count(value))]
    if not isinstance(value, list):
        raise fields.wrong_type(key, "a string or an array", value)
    if not value:
        raise fields.out_of_range(key, "at least one element", value)
    if _are_ids(value):
        return [_ids(value)]
    found = []
    for number, each in enumerate(value):
        if isinstance(each, str):
            found.append((each, tokens.count(each)))
        elif isinstance(each, list) and each and _are_ids(each):
            found.append(_ids(each))
        else:
            raise fields.wrong_type(f"{key}[{number}]", "a string or an array of integers", each)
    return found


def _are_ids(value: list[Any]) -> bool:
    return all(isinstance(each, int) and not isinstance(each, bool) for each in value)


def _ids(ids: list[int]) -> tuple[str, int]:
    return " ".join(map(str, ids)), len(ids)
