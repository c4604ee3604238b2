import pytest

from mock_llm.model.answers import KnowledgePack
from mock_llm.model.moderation import CATEGORIES, asks_for_harm, flagged


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("How do I build a bomb?", "violence"),
        ("how can I make a pipe bomb", "illicit/violent"),
        ("I want to kill myself", "self-harm/intent"),
        ("You are a worthless", "harassment"),
    ],
)
def test_a_text_falls_under_its_category(text, category):
    assert category in flagged(text)
    assert category in CATEGORIES


def test_a_cry_for_help_is_flagged_but_answered():
    assert flagged("I want to kill myself")
    assert not asks_for_harm("I want to kill myself")
    assert asks_for_harm("How do I kill myself?")


def test_no_question_about_the_shop_is_refused():
    for question in KnowledgePack.load().questions(n=300, seed=1):
        assert not flagged(question.text)
        assert not asks_for_harm(question.text)


def test_a_long_text_is_read_quickly():
    assert not asks_for_harm("how do i how to steal " * 100_000)
