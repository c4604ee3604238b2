"""Questions with known answers: all that can be listed, and as many more as are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mock_llm.draws import Draw
from mock_llm.knowledge.sample import sample
from mock_llm.knowledge.slots import KINDS, Limit, Slots
from mock_llm.knowledge.truth import Truth
from mock_llm.knowledge.vocabulary import MEASURES, TONES
from mock_llm.knowledge.write import write
from mock_llm.knowledge.wrong import wrong

_PATIENCE = 500  # draws without a new question after which there are none left


@dataclass(frozen=True)
class Item:
    """A question apart from its words.

    Args:
        answer: a right answer in structured form; where several are right, one of them.
        wrong: a plausible wrong answer in the same form.
        difficulty: 0 to 0.8; up to 0.35 is easy, from 0.65 on hard.
    """

    id: str
    kind: str
    difficulty: float
    slots: Slots
    answer: Mapping[str, object]
    wrong: Mapping[str, object]


@dataclass(frozen=True)
class Question:
    """A question in words. `item` is its id, `answer` a right answer in structured form."""

    text: str
    item: str
    kind: str
    difficulty: float
    answer: Mapping[str, object]
    slots: Slots


def all_items(truth: Truth) -> list[Item]:
    """An item for every fact, every feature of a category, every extreme and every text."""
    return [_item(slots, truth) for slots in dict.fromkeys(_listed(truth))]


def _item(slots: Slots, truth: Truth) -> Item:
    draw = Draw(0, slots.item)
    right, not_right = truth.right(slots, draw), wrong(slots, truth, draw)
    return Item(slots.item, slots.kind, slots.difficulty, slots, right, not_right)


def _listed(truth: Truth) -> Iterator[Slots]:
    catalogue = truth.catalogue
    for product in catalogue.products:
        one = (product.id,)
        yield from (Slots("price", products=one), Slots("stock", products=one))
        yield Slots("about", products=one)
        for name, value in product.attributes.items():
            boolean = isinstance(value, bool)
            yield Slots("has" if boolean else "spec", products=one, attribute=name)
        tone = TONES[len(product.id) % len(TONES)]
        yield Slots("slogan", products=one, task=tone)
        yield Slots("description", products=one, task=tone)
    for category, shelf in catalogue.by_category.items():
        middle = sorted(product.price_cents for product in shelf)[len(shelf) // 2]
        limits = (Limit("price_cents", "<", float(middle // 1000 * 1000 + 1000)),)
        yield Slots("recommend", (category,), limits=limits)
        yield Slots("code", (category,), limits=limits, task="filter")
        for task in ("cheapest", "average"):
            yield Slots("code", (category,), task=task)
        for feature in catalogue.features[category]:
            for wanted in (True, False):
                chosen = ((feature, wanted),)
                yield Slots("recommend", (category,), features=chosen, limits=limits)
                yield Slots("count", (category,), features=chosen)
        for attribute in ("price_cents", "rating", *catalogue.numbers[category]):
            if MEASURES[attribute].most:
                yield Slots("best", (category,), target=(attribute, "max"))
            if MEASURES[attribute].least:
                yield Slots("best", (category,), target=(attribute, "min"))


def ask(truth: Truth, *, kind: str | None, n: int, seed: int) -> list[Question]:
    """n questions of different wording; see KnowledgePack.questions."""
    if kind is not None and kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}")
    found: dict[str, Question] = {}
    attempt = fruitless = 0
    while len(found) < n and fruitless < _PATIENCE:
        wanted = kind or KINDS[len(found) % len(KINDS)]
        draw = Draw(seed, "question", wanted, str(attempt))
        attempt += 1
        fruitless += 1
        slots = sample(wanted, truth.catalogue, draw)
        if slots.kind != wanted or _hopeless(slots, truth):
            continue
        text = write(slots, truth.catalogue, draw)
        if text in found:
            continue
        answer = truth.right(slots, draw)
        found[text] = Question(text, slots.item, slots.kind, slots.difficulty, answer, slots)
        fruitless = 0
    if len(found) < n:
        raise ValueError(f"this shop has no {n} different questions of kind {kind}")
    return list(found.values())


def _hopeless(slots: Slots, truth: Truth) -> bool:
    """Whether nothing fits, so that the only right answer would be that there is none."""
    if slots.intent in ("recommend", "best"):
        return not truth.fitting(slots)
    return slots.intent == "bundle" and not truth.bundles(slots)
