"""What the model says, how often it is right, and what helps it."""

import re
import time
from collections.abc import Mapping, Sequence

import pytest

from mock_llm.draws import Draw
from mock_llm.knowledge.slots import EASY, HARD, KINDS
from mock_llm.knowledge.wrong import check
from mock_llm.model.answers import KnowledgePack, Reply, chance

PACK = KnowledgePack.load()
ALL = dict.fromkeys(KINDS, 1.0)
NONE = dict.fromkeys(KINDS, 0.0)


def reply(text: str, capability: Mapping[str, float] = ALL, seed: int = 0) -> Reply:
    messages = [{"role": "user", "content": text}]
    return PACK.reply(messages, capability=capability, draw=Draw(seed, text))


def test_the_outline_s_prompt_gets_a_right_product_within_the_price() -> None:
    answer = reply("Recommend products for: wireless headphones under $100")
    assert answer.matched
    assert answer.correct is True
    assert answer.structured is not None
    product = next(p for p in PACK.products if p.name == answer.structured["product"])
    assert product.category == "headphones"
    assert product.has("wireless")
    assert product.price_cents < 10000
    assert product.name in answer.text
    assert product.price in answer.text


@pytest.mark.parametrize("kind", KINDS)
def test_the_flag_says_what_the_catalogue_says(kind: str) -> None:
    for question in PACK.questions(kind=kind, n=150, seed=9):
        for capability, right in ((ALL, True), (NONE, False)):
            answer = reply(question.text, capability)
            assert (answer.item, answer.kind, answer.correct) == (question.item, kind, right)
            assert answer.structured is not None
            assert check(question.slots, dict(answer.structured), PACK._truth) is right


@pytest.mark.parametrize("kind", KINDS)
def test_replies_read_like_a_shop_assistant_s(kind: str) -> None:
    for question in PACK.questions(kind=kind, n=150, seed=2):
        text = reply(question.text).text
        assert text == text.strip()
        assert not re.search(r"\{|None|  (?! )|\.\.", text.replace("    ", "")) or kind == "code", (
            text
        )
        assert len(text) < 700
        assert text[0].isupper() or text[0].isdigit()


def test_another_draw_words_it_differently_and_the_same_draw_the_same() -> None:
    question = "How much is the Voxelle Drift 2?"
    assert reply(question, seed=3) == reply(question, seed=3)
    texts = {reply(question, seed=seed).text for seed in range(40)}
    assert len(texts) >= 4
    assert all("$89.99" in text for text in texts)


def test_the_chance_of_a_right_answer_is_a_coin_toss_where_capability_meets_difficulty() -> None:
    assert chance(0.5, 0.5) == 0.5
    assert chance(0.7, 0.5) == pytest.approx(0.943, abs=0.001)
    assert chance(1.0, 0.8) == 1.0
    assert chance(0.0, 0.0) == 0.0


def accuracy(kind: str, capability: float, levels: tuple[float, float]) -> float:
    low, high = levels
    questions = [q for q in PACK.questions(kind=kind, n=900, seed=6) if low <= q.difficulty <= high]
    assert len(questions) >= 20
    right = [
        reply(q.text, {kind: capability}, seed).correct for q in questions for seed in range(4)
    ]
    return sum(answer is True for answer in right) / len(right)


SMALL = {"factual": 0.70, "reasoning": 0.74, "creative": 0.72, "code": 0.66}
LARGE = {"factual": 0.98, "reasoning": 0.97, "creative": 0.98, "code": 0.97}


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_model_is_right_on_the_easy_and_often_wrong_on_the_hard(kind: str) -> None:
    assert accuracy(kind, SMALL[kind], (0.0, EASY)) >= 0.95
    assert 0.35 <= accuracy(kind, SMALL[kind], (HARD, 1.0)) <= 0.65


@pytest.mark.parametrize("kind", KINDS)
def test_a_large_model_is_right_on_the_hard_too(kind: str) -> None:
    assert accuracy(kind, LARGE[kind], (HARD, 1.0)) >= 0.93


ENTRY = "Voxelle Drift 2 | $89.99 | wireless | battery_h 35 | in stock"


@pytest.mark.parametrize(
    "question",
    ["How much is the Voxelle Drift 2?", "Is the Voxelle Drift 2 wireless?",
     "What is the battery life of the Voxelle Drift 2?", "Is the Voxelle Drift 2 in stock?"],
)  # fmt: skip
def test_factual_errors_go_with_the_right_entry_in_the_context(question: str) -> None:
    capability = {"factual": 0.05}
    context = {"role": "system", "content": f"Catalogue:\n{ENTRY}\nGlowick Clip | $19.99"}

    def answers(messages: Sequence[Mapping[str, object]]) -> list[bool | None]:
        return [
            PACK.reply(messages, capability=capability, draw=Draw(seed, question)).correct
            for seed in range(60)
        ]

    asked = {"role": "user", "content": question}
    assert not all(answers([asked]))
    assert all(answers([context, asked]))
    wrong_entry = {"role": "system", "content": "Catalogue:\nGlowick Clip | $19.99 | 220 lumens"}
    assert not all(answers([wrong_entry, asked]))
    only_named = {"role": "system", "content": "The customer likes the Voxelle Drift 2."}
    assert not all(answers([only_named, asked]))


def test_a_recommendation_comes_from_the_entries_in_the_context() -> None:
    text = "Catalogue:\nVoxelle Pebble Buds: $59.99\nBrontine Cinema 7: $119.00\n\n"
    text += "Recommend wireless headphones under $100"
    answers = [reply(text, {"factual": 0.05}, seed) for seed in range(30)]
    products = {a.structured["product"] for a in answers if a.structured}
    assert products == {"Voxelle Pebble Buds"}
    assert all(answer.correct for answer in answers)


def test_spoiled_answers_are_confidently_wrong() -> None:
    for kind in KINDS:
        for question in PACK.questions(kind=kind, n=40, seed=8):
            messages = [{"role": "user", "content": question.text}]
            spoiled = PACK.reply(messages, capability=ALL, draw=Draw(1), spoil=True)
            assert spoiled.correct is False
            assert spoiled.matched


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("What is the capital of France?", "the capital of France"),
        ("Why do my headphones crackle?", "your headphones crackle"),
        ("Explain the difference between TCP and UDP", "the difference between TCP and UDP"),
    ],
)
def test_what_cannot_be_read_gets_a_sensible_reply_about_its_topic(text: str, topic: str) -> None:
    answer = reply(text)
    assert (answer.matched, answer.correct, answer.item) == (False, None, None)
    assert topic in answer.text
    assert len({reply(text, seed=seed).text for seed in range(20)}) >= 3


@pytest.mark.parametrize("text", ["", " ", "{", "{}", "🙂", "?!", "\x00", "{" * 500, "a" * 50_000])
def test_odd_prompts_get_some_reply(text: str) -> None:
    assert reply(text).text
    assert PACK.reply([], capability=ALL, draw=Draw(0)).text


def test_parts_and_earlier_turns_do_not_hide_the_question() -> None:
    parts = [
        {"type": "image_url", "image_url": {"url": "data:"}},
        {"type": "text", "text": "How much is the Glowick Roam?"},
    ]
    messages = [
        {"role": "user", "content": "How much is the Voxelle Drift 2?"},
        {"role": "assistant", "content": "The Voxelle Drift 2 is $89.99."},
        {"role": "user", "content": parts},
    ]
    answer = PACK.reply(messages, capability=ALL, draw=Draw(0))
    assert answer.item == "price/glowick-roam"


def test_a_longer_text_is_longer_and_one_sentence_is_one() -> None:
    question = "Write a product description for the Zephra Tempo"
    plain = len(reply(question).text.split())
    assert plain < 60
    assert len(reply(f"{question} in about 120 words").text.split()) >= 100
    assert len(reply(f"{question} in at most 120 words").text.split()) == pytest.approx(
        plain, abs=15
    )
    short = reply("Recommend a tent under $300. Answer in one sentence.").text
    assert len(re.findall(r"[.!?](?:\s|$)", short)) == 1


@pytest.mark.parametrize("unit", [" ", "9", "9 ", "a ", "<a", "in ", "{", "hi. ", "please "])
def test_reading_takes_linear_time_whatever_the_prompt_consists_of(unit: str) -> None:
    def seconds(size: int) -> float:
        text = unit * (size // len(unit))
        started = time.perf_counter()
        reply(text)
        return time.perf_counter() - started

    short = min(seconds(24_000) for _ in range(3))  # too long to be remembered
    # Eight times the text; quadratic time would be 64 times as much.
    assert seconds(192_000) < 30 * short + 0.05
