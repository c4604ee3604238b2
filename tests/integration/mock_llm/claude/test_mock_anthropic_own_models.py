"""Models of one's own and dated snapshots, in Anthropic's API."""

import anthropic
import pytest

OWN = {"claude-sonnet-9": None, "claude-tiny": {"like": "claude-haiku-5-5", "max_output": 9}}


@pytest.fixture
def has_own(lab):
    lab.set_scenario({"models": OWN})
    return lab


def test_a_model_of_ones_own_answers_and_costs_like_the_one_that_it_is_like(say, has_own):
    reply = say(model="claude-sonnet-9")
    assert reply.model == "claude-sonnet-9"
    (entry,) = has_own.journal()
    assert entry.model == "claude-sonnet-9"
    assert entry.cost_nanodollars == (
        reply.usage.input_tokens * 2000 + reply.usage.output_tokens * 10_000
    )


def test_its_own_limit_on_output_holds(say, has_own):
    with pytest.raises(anthropic.BadRequestError, match="max_tokens: 10 > 9"):
        say(model="claude-tiny", max_tokens=10)


def test_it_is_listed_and_counted(claude, has_own):
    listed = {model.id: model.display_name for model in claude.models.list()}
    assert listed["claude-tiny"] == "claude-tiny"
    assert listed["claude-haiku-5-5"] == "Claude Haiku 5.5"
    asked = {"messages": [{"role": "user", "content": "Hi"}], "model": "claude-tiny"}
    assert claude.messages.count_tokens(**asked).input_tokens


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("claude-haiku-5-5-20261007", "claude-haiku-5-5"),
        ("claude-sonnet-9-20250929", "claude-sonnet-9"),
    ],
)
def test_a_dated_snapshot_is_its_model_under_that_name(say, claude, has_own, name, known):
    assert say(model=name).model == name
    assert has_own.journal()[0].model == known
    assert claude.models.retrieve(name).id == name
    assert has_own.ledger().total_nanodollars > 0


def test_an_unknown_model_stays_unknown_and_the_verdict_says_how_it_is_added(say, lab):
    with pytest.raises(anthropic.NotFoundError, match="model: claude-sonnet-9"):
        say(model="claude-sonnet-9")
    assert "mock-llm serve --model NAME" in lab.verdict()["asked_for_unknown_model"].says
