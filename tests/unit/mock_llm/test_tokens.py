import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_llm.model import tokens


@settings(deadline=None)  # the first call loads the tables
@given(st.text())
def test_the_pieces_of_a_text_joined_are_the_text(text: str) -> None:
    assert "".join(tokens.pieces(text)) == text


@settings(deadline=None)  # the first call loads the tables
@given(st.text(), st.integers(0, 40))
def test_a_cut_is_a_beginning_of_the_text_of_no_more_than_n_tokens(text: str, n: int) -> None:
    kept = tokens.cut(text, n)
    assert text.startswith(kept)
    assert tokens.count(kept) <= n or kept == text


def test_a_text_is_cut_at_exactly_n_tokens() -> None:
    text = "The tent weighs two kilograms and sleeps three people."
    assert tokens.cut(text, 4) == "The tent weighs two"
    assert tokens.count(tokens.cut(text, 4)) == 4


def test_a_text_shorter_than_the_cut_stays_whole() -> None:
    assert tokens.cut("two words", 2) == "two words"
    assert tokens.cut("two words", 0) == ""


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("tiktoken is great!", 6),
        ("antidisestablishmentarianism", 6),
        ("2 + 2 = 4", 7),
        ("お誕生日おめでとう", 8),
    ],
)
def test_the_counts_are_those_that_openai_publishes_for_o200k(text: str, count: int) -> None:
    assert tokens.count(text) == count


def test_half_a_surrogate_pair_is_counted() -> None:
    assert tokens.count("a\ud800") == tokens.count("a�")


def test_a_piece_is_a_token_and_never_half_a_character() -> None:
    assert tokens.pieces("The price is right") == ["The", " price", " is", " right"]
    assert "語" in tokens.pieces("日本語")


def test_names_of_special_tokens_count_as_ordinary_text() -> None:
    assert tokens.count("<|endoftext|>") > 1


def test_a_text_too_long_for_one_call_of_the_tokenizer_is_counted_in_full() -> None:
    assert tokens.count("word " * 300_000) > 299_000


def test_a_chat_costs_the_format_around_its_messages() -> None:
    assert tokens.count_messages([]) == 3
    assert tokens.count_messages([{"role": "user", "content": "hi"}]) == 3 + 3 + 1 + 1


def test_parts_tool_calls_and_names_are_counted() -> None:
    plain = tokens.count_messages([{"role": "user", "content": "hello there"}])
    parts = [{"type": "text", "text": "hello there"}, {"type": "image_url", "image_url": {}}]
    assert tokens.count_messages([{"role": "user", "content": parts}]) == plain
    call = {"function": {"name": "search", "arguments": '{"q": "tents"}'}}
    message = {"role": "assistant", "content": None, "tool_calls": [call]}
    assert tokens.count_messages([message]) > 3 + 3 + 1 + 4
    assert (
        tokens.count_messages([{"role": "user", "content": "hello there", "name": "ann"}]) > plain
    )
