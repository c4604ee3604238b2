"""Texts of the lengths, patterns and formats that JSON schemas ask for."""

from __future__ import annotations

from collections.abc import Sequence

from mock_llm.draws import Draw
from mock_llm.knowledge.length import first_sentence
from mock_llm.knowledge.naming import normal
from mock_llm.knowledge.patterns import FORMATS, matching
from mock_llm.knowledge.schema_place import Place
from mock_llm.knowledge.schema_reading import Schema, least, most, plain
from mock_llm.knowledge.work import Work

WORDS = ("value", "example", "standard", "regular", "sample", "basic")
_TRIES = 20


def make_string(
    parts: Sequence[Schema], found: object, place: Place, draw: Draw, work: Work
) -> str:
    """A text that fits all of some schemas.

    Raises ValueError if there is none, or none is found.
    """
    low, high = least(parts, "minLength"), most(parts, "maxLength")
    if low > high:
        raise ValueError(f"a text at {place.path} would have to be longer than it may be")
    patterns = list(dict.fromkeys(part["pattern"] for part in parts if "pattern" in part))
    form = next((part["format"] for part in parts if part.get("format") in FORMATS), None)
    if form is not None:
        for attempt in range(_TRIES):
            text = FORMATS[form](draw, f"{place.path}{'~' * attempt}")
            if low <= len(text) <= high and all(work.found(each, text) for each in patterns):
                return text
        if not patterns:
            return _grown(form, FORMATS[form](draw, place.path), low, high)
    if patterns:
        return matching(patterns, found, low, high, draw, place.path, work)
    text = found if isinstance(found, str) else plain(found)
    if not text or normal(place.name) == "answer" or place.tries > 1:
        told = place.name != "entry" and place.tries < 2
        answer = str(place.content["answer_text"])
        text = first_sentence(answer) if told else draw.choice(place.path, WORDS)
    while len(text) < low:
        work.spend()
        text += " " + draw.choice(f"{place.path}{len(text)}", WORDS)
    return text if len(text) <= high else text[: int(high)]


def _grown(form: str, text: str, low: int, high: float) -> str:
    """An address as long as is wanted: there are no longer dates."""
    lacking = "x" * (low - len(text))
    if form == "uri":
        text += lacking
    elif form == "email":
        text = lacking + text
    if not low <= len(text) <= high:
        raise ValueError(f"no {form} is as long as is asked for")
    return text
