import json

import pytest

from mock_llm.draws import Draw
from mock_llm.evidence.prices import Usage
from mock_llm.injected.faults import make_fault
from mock_llm.job import Result
from mock_llm.knowledge.reply import Reply, ToolCall
from mock_llm.model import tokens
from mock_llm.model.generation import Ask, Choice, generate, reasoning_tokens
from mock_llm.model.models import load_models

TEXT = "The lightest tent is the Alpha. It costs 199 dollars, and it is green."
MODEL = load_models()["gpt-6-luna"]
ASKED = ({"role": "user", "content": "Which tent?"},)


class OneAnswer:
    """A knowledge pack with one answer, which notes how it was asked."""

    def __init__(self, calls=()):
        self.asked = []
        self.calls = list(calls)

    def reply(self, messages, *, capability, draw, spoil=False):
        self.asked.append((messages, capability, draw.uniform("x"), spoil))
        return Reply(TEXT, "tent", "factual", True, not spoil, {"product": "Alpha"})

    def fill_schema(self, schema, reply, draw, work):
        return {name: reply.structured[name] for name in schema["properties"]}

    def tool_call(self, tools, messages, draw, *, must_call=False, work=None):
        return self.calls


def make(ask, fault=None, pack=None):
    fault = make_fault(fault, {}) if isinstance(fault, str) else fault
    return generate(pack or OneAnswer(), MODEL, ask, lambda i: Draw(0, str(i)), fault)


def test_an_answer_that_fits_is_left_alone():
    (choice,), reply = make(Ask(ASKED, 1000))
    assert (choice.text, choice.finish_reason, choice.tokens) == (TEXT, "stop", tokens.count(TEXT))
    assert "".join(choice.pieces) == TEXT
    assert reply.correct


@pytest.mark.parametrize("effort", ["minimal", "low", "medium", "high", "xhigh", "max"])
def test_thoughts_and_answer_share_the_limit(effort):
    (whole,), _ = make(Ask(ASKED, 100_000, effort=effort))
    assert whole.text == TEXT
    assert whole.reasoning % 64 == 0
    assert whole.tokens == whole.reasoning + tokens.count(TEXT) == whole.steps
    (cut,), _ = make(Ask(ASKED, whole.reasoning + 3, effort=effort))
    assert (cut.tokens, cut.finish_reason) == (whole.reasoning + 3, "length")
    assert cut.text
    (silent,), reply = make(Ask(ASKED, whole.reasoning, effort=effort))
    assert (silent.text, silent.tokens, silent.finish_reason) == ("", whole.reasoning, "length")
    assert reply is None


def test_a_stream_that_ends_while_the_model_thinks_pays_for_the_thoughts_so_far():
    (choice,), _ = make(Ask(ASKED, 100_000, effort="low"))
    assert choice.tokens_in(10) == 10
    assert choice.tokens_in(choice.reasoning + 2) == choice.reasoning + 2
    assert "".join(choice.pieces) == TEXT


def test_more_effort_means_more_thoughts():
    means = []
    for effort in ("minimal", "low", "medium", "high", "xhigh", "max"):
        drawn = [reasoning_tokens(effort, Draw(0, str(n))) for n in range(200)]
        means.append(sum(drawn))
    assert means == sorted(means)


@pytest.mark.parametrize("limit", [1, 5, 12])
def test_an_answer_that_does_not_fit_is_cut(limit):
    (choice,), _ = make(Ask(ASKED, limit))
    assert choice.tokens == limit
    assert choice.finish_reason == "length"
    assert TEXT.startswith(choice.text)


def test_an_answer_as_long_as_its_limit_is_whole():
    (choice,), _ = make(Ask(ASKED, tokens.count(TEXT)))
    assert choice.finish_reason == "stop"


@pytest.mark.parametrize(
    ("stop", "kept"),
    [
        ([". "], "The lightest tent is the Alpha"),
        (["never", "costs"], "The lightest tent is the Alpha. It "),
        (["dollars", "tent"], "The lightest "),
        (["(.*)"], TEXT),
    ],
)
def test_the_first_stop_sequence_that_occurs_ends_the_answer(stop, kept):
    (choice,), _ = make(Ask(ASKED, 1000, stop=stop))
    assert choice.text == kept
    assert choice.finish_reason == "stop"


def test_each_of_n_choices_has_draws_of_its_own_and_the_models_capability():
    pack = OneAnswer()
    choices, _ = make(Ask(ASKED, 1000, n=3), pack=pack)
    assert len(choices) == 3
    assert len({drawn for _, _, drawn, _ in pack.asked}) == 3
    assert all(capability is MODEL.capability for _, capability, _, _ in pack.asked)


def test_json_is_made_of_the_structured_answer():
    (choice,), _ = make(Ask(ASKED, 1000, wants="json"))
    assert json.loads(choice.text) == {"product": "Alpha"}
    schema = {"properties": {"product": {}}}
    (choice,), _ = make(Ask(ASKED, 1000, wants="schema", schema=schema))
    assert json.loads(choice.text) == {"product": "Alpha"}


def test_faults_in_the_answer():
    assert make(Ask(ASKED, 1000, wants="json"), "wrong_format")[0][0].text == TEXT
    (empty,), _ = make(Ask(ASKED, 1000), "empty")
    assert (empty.text, empty.tokens, empty.pieces, empty.finish_reason) == ("", 0, (), "stop")
    (half,), _ = make(Ask(ASKED, 1000), "truncated")
    assert (half.tokens, half.finish_reason) == (tokens.count(TEXT) // 2, "length")
    (five,), _ = make(Ask(ASKED, 1000), make_fault("truncated", {"max_tokens": 5}))
    assert five.tokens == 5
    (nearly,), _ = make(Ask(ASKED, 1000), make_fault("truncated", {"max_tokens": 999}))
    assert (nearly.tokens, nearly.finish_reason) == (tokens.count(TEXT) - 1, "length")
    assert make(Ask(ASKED, 1000), "wrong_product")[1].correct is False


def test_a_tool_call_is_billed_by_its_name_and_arguments():
    pack = OneAnswer([ToolCall("find", '{"query": "tent"}')])
    (choice,), reply = make(Ask(ASKED, 1000, tools=[{}]), pack=pack)
    assert reply is None
    assert choice.finish_reason == "tool_calls"
    assert choice.tokens == tokens.count("find") + tokens.count('{"query": "tent"}')
    assert "".join(choice.calls[0].pieces) == choice.calls[0].arguments
    assert make(Ask(ASKED, 1000), pack=pack)[0][0].calls == ()


def test_the_tokens_of_the_first_chunks_add_up_to_all():
    (choice,), _ = make(Ask(ASKED, 1000))
    counts = [choice.tokens_in(steps) for steps in range(choice.steps + 2)]
    assert counts[0] == 0
    assert counts == sorted(counts)
    assert counts[-1] == counts[-2] == choice.tokens


def test_a_part_of_an_answer_that_a_rule_bills_low_is_never_billed_below_nothing():
    choice = Choice(TEXT, tokens.count(TEXT), "stop")
    for billed in (0, 1, 5, 100):
        used = Result(Usage(10, billed), [choice])
        parts = [used.usage_after(steps).completion for steps in range(choice.steps + 1)]
        assert all(0 <= part <= billed for part in parts)
        assert parts[0] == 0
        assert parts[-1] == billed
