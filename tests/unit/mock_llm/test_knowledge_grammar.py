"""What is written is read back: over thousands of questions, and inside other people's prompts."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_llm.draws import Draw
from mock_llm.knowledge import items
from mock_llm.knowledge.prompt import find
from mock_llm.knowledge.read import Reader
from mock_llm.knowledge.sample import sample
from mock_llm.knowledge.slots import KINDS
from mock_llm.knowledge.write import write
from mock_llm.model.answers import KnowledgePack, Question

PACK = KnowledgePack.load()


@settings(max_examples=2000, deadline=None)
@given(st.sampled_from(KINDS), st.integers(0, 10**9))
def test_whatever_is_written_reads_back_to_the_same_slots(kind: str, seed: int) -> None:
    catalogue = PACK._catalogue
    slots = sample(kind, catalogue, Draw(seed, "slots"))
    text = write(slots, catalogue, Draw(seed, "words"))
    reading = PACK._reader.read(text)
    assert reading is not None, text
    assert reading.slots == slots, text


@pytest.mark.parametrize("kind", KINDS)
def test_questions_of_a_kind_are_of_that_kind_and_all_different(kind: str) -> None:
    questions = PACK.questions(kind=kind, n=400, seed=11)
    assert {question.kind for question in questions} == {kind}
    assert len({question.text for question in questions}) == 400
    assert [PACK.read(question.text) for question in questions] == [q.item for q in questions]


def test_the_same_seed_asks_the_same_and_another_seed_something_else() -> None:
    first = PACK.questions(n=40, seed=1)
    assert first == PACK.questions(n=40, seed=1)
    assert first != PACK.questions(n=40, seed=2)
    assert [question.kind for question in first[:4]] == list(KINDS)


def test_one_item_is_asked_in_several_ways() -> None:
    slots = PACK.questions(kind="factual", n=1, seed=3)[0].slots
    texts = {write(slots, PACK._catalogue, Draw(seed)) for seed in range(60)}
    assert len(texts) >= 10


def test_an_unknown_kind_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="factual, reasoning, creative, code"):
        PACK.questions(kind="poetry", n=1, seed=0)


def test_more_questions_than_there_are_is_an_error_not_a_short_list(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(items, "write", lambda *_: "always the same words")
    with pytest.raises(ValueError, match="no 2 different questions"):
        PACK.questions(kind="code", n=2, seed=0)


ITEMS = [
    ("Recommend products for: wireless headphones under $100",
     "recommend/headphones/+wireless/price_cents<10000"),
    ("laptop under $500", "recommend/laptops/price_cents<50000"),
    ("laptop under $1500", "recommend/laptops/price_cents<150000"),
    ("laptop over $500", "recommend/laptops/price_cents>50000"),
    ("a laptop for $500 or less", "recommend/laptops/price_cents<=50000"),
    ("headphones with noise cancelling", "recommend/headphones/+noise_cancelling"),
    ("headphones without noise cancelling", "recommend/headphones/-noise_cancelling"),
    ("headphones that are not noise-cancelling", "recommend/headphones/-noise_cancelling"),
    ("headphones, wireless but not foldable", "recommend/headphones/-folding/+wireless"),
    ("non-waterproof insulated jackets", "recommend/jackets/+insulated/-waterproof"),
    ("jackets without insulation or a hood", "recommend/jackets/-hood/-insulated"),
    ("a red jacket but not from Aldane", "recommend/jackets/-brand=Aldane/+colour=red"),
    ("wired keyboards", "recommend/keyboards/-wireless"),
    ("a backlit keyboard", "recommend/keyboards/+backlit"),
    ("trail running shoes", "recommend/running shoes/+trail"),
    ("a tent for 4 people between $50 and $100",
     "recommend/tents/price_cents<=10000/price_cents>=5000/sleeps>=4"),
    ("Suggest three tents", "recommend/tents/n=3"),
    ("How much is the Drift 2?", "price/voxelle-drift-2"),
    ("How much is the Drift Max?", "price/voxelle-drift-max"),
    ("Is the Voxelle Drift 2 cheaper than the Hush 100?",
     "compare/maruvo-hush-100/voxelle-drift-2/min:price_cents"),
    ("Can the Tarnfell Duo 2 stand freestanding?", "has/tarnfell-duo-2/?freestanding"),
    ("How many people does the Tarnfell Duo 2 sleep?", "spec/tarnfell-duo-2/?sleeps"),
    ("What's the total for 2 Voxelle Drift 2 and one Glowick Roam?",
     "total/2xvoxelle-drift-2/1xglowick-roam"),
    ("a laptop and a monitor together for under $900", "bundle/laptops/monitors/price_cents<90000"),
    ("I'm planning a hike. I need a tent for 3 people. It must weigh less than 3 kg.",
     "recommend/tents/sleeps>=3/weight_g<3000"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "item"), ITEMS)
def test_people_s_own_words_are_read_by_slots(text: str, item: str) -> None:
    assert PACK.read(text) == item


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of France?",
        "red or blue jackets",  # the slots know no alternatives
        "laptops that are not too noisy",  # a negation of something unknown
        "headphones under 15 decibels for 30 people over 3 floors",
        "Is the Voxelle Drift 2 good for someone who paid $300 last time?",
        "Why do my headphones crackle?",
        "What is your return policy for laptops?",
        "I watch films on my bike",
        "something similar to the Voxelle Drift 2",
        "wireless laptops",  # not an attribute of laptops
        "",
        "🙂",
    ],
)
def test_what_the_slots_would_lose_is_not_read_at_all(text: str) -> None:
    assert PACK.read(text) is None


def system_prompt(text: str) -> str:
    return (
        "You are the assistant of an online shop. Be brief and friendly.\n\n"
        "Rules:\n- Answer in at most 3 sentences.\n- Name one product and its price.\n\n"
        f"Customer: {text}\n\nAnswer:"
    )


WRAPPERS: dict[str, Callable[[str], str]] = {
    "outline": lambda text: f"Recommend products for: {text}",
    "system": system_prompt,
    "json": lambda text: json.dumps({"user_id": "u-17", "query": text, "max_tokens": 200}),
    "nested json": lambda text: "Request: " + json.dumps({"input": {"question": text}}),
    "tags": lambda text: f"<rules>Stay polite.</rules>\n<question>{text}</question>",
    "length": lambda text: f"{text} Answer in at most 2 sentences.",
    "chat": lambda text: f"Hello there. Hope you are well.\n{text}\nThanks a lot!",
    "context": lambda text: (
        "Catalogue:\n- Glowick Clip, $19.99, 220 lumens\n- Tarnfell Duo 2: $249.00, sleeps 2\n\n"
        f"Question: {text}"
    ),
}


@pytest.mark.parametrize("wrapper", WRAPPERS)
def test_the_question_is_found_inside_other_people_s_prompts(wrapper: str) -> None:
    kinds = ("factual",) if wrapper == "outline" else KINDS
    lost: list[Question] = [
        question
        for kind in kinds
        for question in PACK.questions(kind=kind, n=60, seed=4)
        if PACK.read(WRAPPERS[wrapper](question.text)) != question.item
    ]
    assert [question.text for question in lost] == []


def test_a_long_prompt_is_searched_from_its_end() -> None:
    filler = "Our shop has been here for a long time.\n" * 3000
    reading = find(Reader(PACK._catalogue), filler + "How much is the Glowick Roam?")
    assert reading is not None
    assert reading.slots.item == "price/glowick-roam"
