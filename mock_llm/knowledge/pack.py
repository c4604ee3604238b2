"""The knowledge pack: a catalogue, and everything that is said about it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path

from mock_llm.draws import Draw
from mock_llm.knowledge import length, smalltalk, tools
from mock_llm.knowledge.catalogue import SHIPPED, Catalogue, Product
from mock_llm.knowledge.items import Item, Question, all_items, ask
from mock_llm.knowledge.prompt import (
    Message,
    context_of,
    find,
    last_user_text,
    locate,
    supported,
    texts_of,
)
from mock_llm.knowledge.read import Reader
from mock_llm.knowledge.reply import Reply, ToolCall
from mock_llm.knowledge.say import say
from mock_llm.knowledge.schema import fill
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.truth import Answer, Truth, listed
from mock_llm.knowledge.work import Work
from mock_llm.knowledge.wrong import unrelated, wrong

# How sharply a model goes from right to wrong around the difficulty that equals its capability.
_STEEPNESS = 14.0
_REMEMBERED = 20_000  # characters
_HELP = 0.3  # how much easier the right entries in the context make a question of reasoning


def chance(capability: float, difficulty: float) -> float:
    """How likely an answer is right: logistic, 1 / (1 + exp(-14 · (capability - difficulty))).

    At a difficulty equal to the capability it is a coin toss, 0.2 below it 94 % and 0.3 below it
    98.5 %. The form is the one-parameter model of item response theory (Rasch, 1960).
    The ends are exact: a capability of 0 is never right, of 1 always.
    """
    if capability <= 0 or capability >= 1:
        return 1.0 if capability >= 1 else 0.0
    return 1.0 / (1.0 + math.exp(-_STEEPNESS * (capability - difficulty)))


@dataclass(frozen=True)
class _Understood:
    """What a prompt asks: the slots if they can be read, and the products whose entries it holds.

    `length` is the least number of words that is asked for, 0 if none is.
    """

    slots: Slots | None
    question: str
    helped: tuple[Product, ...]
    length: int
    one_sentence: bool


class KnowledgePack:
    """Answers about one shop.

    Everything that is random comes from the Draw of each call: the same draw, the same answer.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._reader = Reader(catalogue)
        self._truth = Truth(catalogue)
        self._remembered = lru_cache(maxsize=1024)(self._understand)
        self._last_long = lru_cache(maxsize=2)(self._understand)

    @classmethod
    def load(cls, path: Path | None = None) -> KnowledgePack:
        """The pack from a shop's JSON file; without a path, the shipped shop.

        Raises OSError if the file cannot be read, ValueError if it is not a shop.
        """
        return cls(Catalogue.load(path or SHIPPED))

    @property
    def products(self) -> Sequence[Product]:
        return self._catalogue.products

    @cached_property
    def items(self) -> Sequence[Item]:
        """Questions that can be asked of this shop, each once, with their right answers."""
        return all_items(self._truth)

    def questions(self, *, kind: str | None = None, n: int, seed: int) -> list[Question]:
        """n questions in different words, of one kind or of all in turn.

        Raises ValueError if the kind is unknown or the shop has not that many questions.
        """
        return ask(self._truth, kind=kind, n=n, seed=seed)

    def read(self, text: str) -> str | None:
        """The id of the question that a text asks, None if it cannot be read."""
        reading = find(self._reader, text)
        return reading.slots.item if reading else None

    def reply(
        self,
        messages: Sequence[Message],
        *,
        capability: Mapping[str, float],
        draw: Draw,
        spoil: bool = False,
    ) -> Reply:
        """The answer to a chat.

        Args:
            capability: by kind, 0 to 1; a kind that is missing counts as 0.5.
            spoil: answer wrongly, and as sure as ever, whatever the capability.
        """
        texts = tuple(map(texts_of, messages))
        understood = self._understood(texts, last_user_text(messages))
        result = tools.result_text(messages)
        slots = understood.slots
        if result is not None and not self._names_products(result):
            said = tools.say_result(result, draw)
            item, kind = (slots.item, slots.kind) if slots else (None, None)
            return Reply(said, item, kind, slots is not None, None, tools.result_data(result))
        if slots is None:
            return self._unmatched(understood, draw, spoil)
        likely = chance(capability.get(slots.kind, 0.5), self._difficulty(slots, understood))
        right = draw.chance("right", likely) and not spoil
        if right:
            answer = self._truth.right(slots, draw, understood.helped)
        else:
            answer = (unrelated if spoil else wrong)(slots, self._truth, draw)
        text = self._worded(slots, answer, understood, draw)
        structured = {**answer, "reason": text}
        return Reply(text, slots.item, slots.kind, True, right, structured)

    def _names_products(self, text: str) -> bool:
        lowered = text.lower()
        return any(product.name.lower() in lowered for product in self.products)

    def _worded(self, slots: Slots, answer: Answer, asked: _Understood, draw: Draw) -> str:
        text = say(slots, answer, draw)
        if asked.length and slots.kind != "code":
            text = length.lengthen(text, answer, asked.length, draw)
        elif asked.one_sentence and slots.kind != "code":
            text = length.first_sentence(text)
        return text

    def _unmatched(self, understood: _Understood, draw: Draw, spoil: bool) -> Reply:
        text = smalltalk.answer(understood.question, draw, understood.length)
        if spoil:
            product = draw.choice("spoiled", self.products)
            text = f"What you need is the {product.name} at {product.price}. Nothing beats it."
        elif understood.one_sentence:
            text = length.first_sentence(text)
        return Reply(text, None, None, False, None, None)

    def _understood(self, texts: tuple[str, ...], question: str) -> _Understood:
        # Of long prompts only the last are kept in memory: a request's choices share one.
        small = sum(map(len, texts)) <= _REMEMBERED
        return (self._remembered if small else self._last_long)(texts, question)

    def _difficulty(self, slots: Slots, understood: _Understood) -> float:
        """Help in the prompt helps: looked-up facts are as good as known, the rest is easier."""
        if not understood.helped:
            return slots.difficulty
        return -1.0 if slots.kind == "factual" else slots.difficulty - _HELP

    def _understand(self, texts: tuple[str, ...], question: str) -> _Understood:
        reading, place = locate(self._reader, question)
        whole = "\n".join(texts)
        words = length.wanted_words(whole)
        short = length.wants_one_sentence(whole)
        if reading is None:
            return _Understood(None, question, (), words, short)
        helped = self._helped(reading.slots, context_of(texts, place))
        return _Understood(reading.slots, question, helped, words, short)

    def _helped(self, slots: Slots, context: str) -> tuple[Product, ...]:
        """The products whose entries the prompt holds; none if some that are needed are missing."""
        if slots.products:
            needed = self._truth.products(slots)
        elif slots.intent in ("recommend", "best", "count"):
            needed = list(self._truth.fitting(slots))
        else:
            return ()
        helped = tuple(product for product in needed if supported(product, slots, context))
        enough = slots.intent == "recommend" and len(helped) >= slots.count
        return helped if enough or len(helped) == len(needed) else ()

    def fill_schema(
        self, schema: Mapping[str, object], reply: Reply, draw: Draw, work: Work | None = None
    ) -> object:
        """A value that is valid against a JSON schema, from the reply where field names fit.

        A reply to what could not be read names no product; a form that asks for one gets any.

        Raises ValueError if no value can be valid, TooMuchWork if it takes more than `work`.
        """
        if reply.structured is None and schema.get("properties"):
            some = listed([draw.choice("some product", self.products)])
            reply = replace(reply, structured={**some, "reason": reply.text})
        return fill(schema, reply, draw, work)

    def tool_call(
        self,
        tools_offered: Sequence[Mapping[str, object]],
        messages: Sequence[Message],
        draw: Draw,
        *,
        must_call: bool = False,
        work: Work | None = None,
    ) -> list[ToolCall]:
        """The functions that the model wants called: none if none fits or a result came last.

        Raises NoArguments if none can be valid, or they take more than `work`.

        Args:
            must_call: call the likeliest one even if none fits.
        """
        if messages and messages[-1].get("role") in ("tool", "function"):
            return []
        question = last_user_text(messages)
        reading = find(self._reader, question)
        slots = reading.slots if reading else None
        return tools.choose(tools_offered, question, slots, self._truth, draw, must_call, work)
