"""Finds the question inside whatever prompt people wrapped around it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice

from mock_llm.bounded_json import load_json
from mock_llm.knowledge.catalogue import Product
from mock_llm.knowledge.read import Reader, Reading
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.vocabulary import FEATURES, MEASURES, spoken

Message = Mapping[str, object]

# Fields of a JSON prompt that are likely to hold the question, most likely first.
_QUESTION_KEYS = (
    "question", "query", "user_query", "prompt", "request", "input", "message", "text", "content",
)  # fmt: skip
_TAG = re.compile(r"</?[A-Za-z_]\w*>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+")
# How long the answer shall be is no part of the question: "… in at most 2 sentences".
# Repetitions are bounded: a prompt of spaces or digits only must not take quadratic time.
_LENGTH = re.compile(
    r"(?:\b(?:in|within|using|with|of)\s{1,3})?(?:\b(?:at most|at least|no more than|up to|about"
    r"|maximum|max|exactly|under|less than|fewer than|around)\s{1,3})?\b\d{1,5}\s{0,3}"
    r"(?:words?|sentences?|paragraphs?|bullet points?|characters?|tokens?|lines?)\b(?: or less)?",
    re.IGNORECASE,
)
_COUNTED = ("word", "sentence", "paragraph", "bullet", "character", "token", "line")
_WHOLE = 600  # characters of a text that may be one question of several sentences
_CANDIDATES = 300
_PLAIN = 3  # the weight of a question in so many words


def texts_of(message: Message) -> str:
    """A message's text; parts that are not text are left out."""
    content = message.get("content")
    if isinstance(content, str):
        return content
    if not isinstance(content, list | tuple):
        return ""
    parts = [part.get("text") for part in content if isinstance(part, Mapping)]
    return "\n".join(part for part in parts if isinstance(part, str))


def last_user_text(messages: Sequence[Message]) -> str:
    """What the user said last; if nobody is the user, what was said last."""
    for message in reversed(messages):
        if message.get("role") == "user":
            return texts_of(message)
    return texts_of(messages[-1]) if messages else ""


def find(reader: Reader, text: str) -> Reading | None:
    """The question in a text: the one that asks most plainly, the last if several do."""
    return locate(reader, text)[0]


def locate(reader: Reader, text: str) -> tuple[Reading | None, str]:
    """The question in a text, and the shortest part of the text that asks it."""
    best: Reading | None = None
    place = ""
    for candidate in _candidates(text):
        reading = reader.read(candidate)
        if reading is not None and (best is None or reading.weight > best.weight):
            best, place = reading, candidate
            if reading.weight == _PLAIN:
                break
    for sentence in _SENTENCE.split(place) if best else ():
        reading = reader.read(sentence)
        if best and reading and reading.slots == best.slots:
            place = sentence
    return best, place


def context_of(texts: Sequence[str], question: str) -> str:
    """All that a prompt says beside its question, in lower case and single spaces: a question
    names products and features too, but answers nothing."""
    whole = " ".join(_plain("\n".join(texts)).split()).lower()
    return whole.replace(" ".join(question.split()).lower(), " ") if question else whole


def _plain(text: str) -> str:
    plain = _TAG.sub("\n", text)
    lowered = plain.lower()
    counted = any(word in lowered for word in _COUNTED)
    return (_LENGTH.sub(" ", plain) if counted else plain).strip()


def _candidates(text: str) -> Iterator[str]:
    """Texts that may be the question, the likeliest first."""
    for value in _json_strings(text):
        yield from _candidates(value)
    plain = _plain(text)
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    if len(plain) <= _WHOLE and len(lines) == 1:
        yield plain
    yield from islice(_lines_and_sentences(lines), _CANDIDATES)
    if len(plain) <= _WHOLE and len(lines) > 1:
        yield " ".join(lines)


def _lines_and_sentences(lines: Sequence[str]) -> Iterator[str]:
    for line in reversed(lines):
        if len(line) <= _WHOLE:
            yield line
        sentences = _SENTENCE.split(line)
        if len(sentences) > 1:
            yield from reversed(sentences)


def _json_strings(text: str) -> list[str]:
    start, end = text.find("{"), text.rfind("}")
    if start < 0 or end < start:
        return []
    try:
        value = load_json(text[start : end + 1])
    except ValueError:
        return []
    return _strings(value)


def _strings(value: object) -> list[str]:
    if not isinstance(value, Mapping):
        return []
    rest = [key for key in value if key not in _QUESTION_KEYS]
    found: list[str] = []
    for key in [key for key in _QUESTION_KEYS if key in value] + rest:
        inner = value[key]
        if isinstance(inner, str):
            found.append(inner)
        else:
            found += _strings(inner)
    return found


def supported(product: Product, slots: Slots, context: str) -> bool:
    """Whether the prompt holds the product's catalogue entry, as far as the question needs it.

    Args:
        context: what the prompt says beside the question; see context_of.
    """
    name = product.name.lower()
    at = context.find(name)
    while at >= 0:
        end = at + len(name)
        if _entry_helps(product, slots, context[max(0, at - 80) : end + 320]):
            return True
        at = context.find(name, end)
    return False


def _entry_helps(product: Product, slots: Slots, entry: str) -> bool:
    cents = product.price_cents
    amounts = {f"{cents / 100:.2f}", f"{cents / 100:,.2f}", f"{cents / 100:g}", f"{cents}"}
    priced = any(_has_number(entry, amount) for amount in amounts)
    match slots.intent:
        case "stock":
            return "stock" in entry or "available" in entry
        case "has":
            name = slots.attribute or ""
            return _names_feature(name, entry) or (priced and not product.has(name))
        case "spec" | "slogan" | "description" if slots.attribute:
            return _names_value(product, slots.attribute, entry)
    return priced


def _names_feature(name: str, entry: str) -> bool:
    if "=" in name:
        return name.partition("=")[2] in entry
    feature = FEATURES[name]
    phrases = (name, *feature.adjectives, *feature.nouns, *feature.opposites)
    return any(phrase.lower().removeprefix("a ") in entry for phrase in phrases)


def _names_value(product: Product, attribute: str, entry: str) -> bool:
    value = product.number(attribute)
    if value is None:
        return attribute in entry or MEASURES[attribute].label in entry
    exact = _has_number(entry, f"{value:g}")
    said = spoken(attribute, value).lower()
    return said in entry or bool(
        exact and (attribute in entry or MEASURES[attribute].label in entry)
    )


def _has_number(text: str, number: str) -> bool:
    """Whether a number stands in a text, not as a part of a longer one."""
    at = text.find(number)
    while at >= 0:
        before, after = text[max(0, at - 2) : at], text[at + len(number) :][:2]
        inside = before[-1:].isdigit() or (before[-1:] in (".", ",") and before[:1].isdigit())
        goes_on = after[:1].isdigit() or (after[:1] in (".", ",") and after[1:].isdigit())
        if not inside and not goes_on:
            return True
        at = text.find(number, at + 1)
    return False
