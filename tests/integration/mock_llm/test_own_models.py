"""Models of one's own, by scenario, by argument and on the command line; dated snapshots; and what
becomes of names that nobody knows."""

import logging

import openai
import pytest

from mock_llm import MockLLM, SettingError

OWN = {
    "gpt-4o": "gpt-6.1-sol",
    "gpt-4o-mini": {"like": "gpt-6-luna"},
    "claude-sonnet-4-5": None,
    "in-house": {
        "like": "gpt-6-luna",
        "context_window": 100,
        "max_output": 50,
        "price": {"input": 2.5, "cached": 1.25, "output": 10},
    },
}
QUESTION = "What is the capital of France?"


@pytest.fixture
def has_own(lab):
    lab.set_scenario({"models": OWN})
    return lab


def test_a_model_of_ones_own_answers_and_costs_like_the_one_that_it_is_like(ask, has_own):
    known, made = (
        ask("Which tent is the lightest?", name, seed=1) for name in ("gpt-6-luna", "gpt-4o-mini")
    )
    assert made.model == "gpt-4o-mini"
    first, second = has_own.journal()
    assert (second.model, second.outcome) == ("gpt-4o-mini", "ok")
    assert first.prompt_tokens == second.prompt_tokens
    assert second.cost_nanodollars == (
        second.prompt_tokens * 100 + made.usage.completion_tokens * 500
    )
    assert set(has_own.ledger().by("model")) == {"gpt-6-luna", "gpt-4o-mini"}
    assert known.model == "gpt-6-luna"


def test_windows_and_prices_of_ones_own_hold(ask, has_own):
    reply = ask(model="in-house")
    used = reply.usage
    assert has_own.ledger().total_nanodollars == (
        used.prompt_tokens * 2500 + used.completion_tokens * 10_000
    )
    with pytest.raises(openai.BadRequestError, match="at most 50 completion tokens"):
        ask(model="in-house", max_completion_tokens=51)
    with pytest.raises(openai.BadRequestError, match="maximum context length is 100 tokens"):
        ask("word " * 200, model="in-house")


def test_models_of_ones_own_are_listed_after_the_known_ones(client, has_own):
    ids = [model.id for model in client.models.list()]
    assert ids[-3:] == ["gpt-4o", "gpt-4o-mini", "in-house"]
    assert "gpt-6-luna" in ids
    assert "claude-sonnet-4-5" not in ids
    assert client.models.retrieve("in-house").owned_by == "openai"


def test_limits_faults_and_latency_are_for_models_of_ones_own_too(ask, lab):
    lab.set_scenario(
        {
            "models": OWN,
            "faults": [{"kind": "unavailable", "model": "gpt-4o"}],
            "limits": {"models": {"gpt-4o-mini": {"requests_per_minute": 1}}},
        }
    )
    with pytest.raises(openai.InternalServerError):
        ask(model="gpt-4o")
    assert ask(model="gpt-4o-mini")
    with pytest.raises(openai.RateLimitError):
        ask(model="gpt-4o-mini")
    assert ask(model="gpt-6-luna")


def test_with_its_scenario_a_model_is_gone_but_stays_paid(ask, lab):
    lab.set_scenario({"models": OWN})
    for _ in range(2):  # the second takes the short way
        ask(model="gpt-4o")
    paid = lab.ledger().total_nanodollars
    lab.set_scenario("instant")
    with pytest.raises(openai.NotFoundError):
        ask(model="gpt-4o")
    assert lab.ledger().total_nanodollars == paid > 0


def test_a_scenario_may_give_a_name_another_meaning(ask, lab):
    costs = []
    for like in ("gpt-6-luna", "gpt-6.1-sol"):
        lab.set_scenario({"models": {"gpt-4o": like}})
        ask(model="gpt-4o", max_tokens=1)
        costs.append(lab.journal()[-1].cost_nanodollars)
    assert costs[1] == 20 * costs[0]


def test_a_servers_models_are_there_in_every_lab():
    with MockLLM(scenario="instant", models=["gpt-4o", "gpt-5-mini"]) as mock:
        for key in ("sk-one", "sk-two"):
            with openai.OpenAI(base_url=mock.base_url, api_key=key, max_retries=0) as sdk:
                reply = sdk.chat.completions.create(
                    model="gpt-5-mini", messages=[{"role": "user", "content": QUESTION}]
                )
            assert reply.model == "gpt-5-mini"
        mock.lab("sk-one").reset()
        mock.lab("sk-one").add_fault("unavailable", model="gpt-4o")


@pytest.mark.parametrize(
    ("models", "said"),
    [
        ({"a": "gpt-99"}, "models: a: like: 'gpt-99' is none of"),
        ({"a": {"window": 5}}, "models: a: "),
        ({"a": {"context_window": 0}}, "context_window: must be at least 1"),
        ({"a": {"price": {"output": 1}}}, "price: input: "),
        ({"a": {"price": {"input": 0.00001}}}, "more than three decimals"),
        ({" ": None}, "a name has 1 to 200 characters"),
        ({f"m{number}": None for number in range(1001)}, "at most 1,000 models"),
    ],
)
def test_models_that_cannot_be_are_refused(lab, models, said):
    with pytest.raises(SettingError, match=said):
        MockLLM(models=models)
    before = lab.scenario()
    with pytest.raises(SettingError, match=said):
        lab.set_scenario({"models": models})
    assert lab.scenario() == before


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("gpt-6-luna-2026-09-22", "gpt-6-luna"),
        ("gpt-6.1-sol-20260929", "gpt-6.1-sol"),
        ("gpt-4-0613", "gpt-4"),
        ("gpt-4o-mini-2024-07-18", "gpt-4o-mini"),
    ],
)
def test_a_dated_snapshot_is_its_model_under_that_name(ask, client, has_own, name, known):
    for more in ({}, {}, {"stream": True}):
        reply = ask(model=name, seed=1, **more)
        shown = {each.model for each in reply} if more else {reply.model}
        assert shown == {name}
    assert client.models.retrieve(name).id == name
    assert {entry.model for entry in has_own.journal() if entry.model} == {known}
    has_own.add_fault("unavailable", model=known)
    with pytest.raises(openai.InternalServerError):
        ask(model=name)
    if known == "gpt-6-luna":
        assert client.responses.create(model="gpt-6.1-sol-2026-09-29", input="Hi").model == (
            "gpt-6.1-sol-2026-09-29"
        )


@pytest.mark.parametrize(
    "name", ["gpt-6-luna-2026-13-22", "gpt-4-9999", "gpt-9-2026-01-01", "gpt-6-luna-0613-0613"]
)
def test_a_snapshot_of_no_day_or_no_model_is_unknown(ask, name):
    with pytest.raises(openai.NotFoundError, match=f"The model `{name}` does not exist"):
        ask(model=name)


def test_the_log_and_the_verdict_say_how_an_unknown_model_is_added(ask, lab, caplog):
    caplog.set_level(logging.INFO, "mock_llm.model.own_models")
    for _ in range(2):
        with pytest.raises(openai.NotFoundError) as refused:
            ask(model="gpt-{5}-turbo")
    assert refused.value.body["message"] == (
        "The model `gpt-{5}-turbo` does not exist or you do not have access to it."
    )
    (record,) = [each for each in caplog.records if "gpt-{5}-turbo" in each.getMessage()]
    assert "mock-llm serve --model gpt-{5}-turbo=gpt-6.1-terra" in record.getMessage()
    finding = lab.verdict()["asked_for_unknown_model"]
    assert "Asked twice for a model that is not there (gpt-{5}-turbo)" in finding.says


def test_the_fault_of_an_unknown_model_is_not_the_clients(ask, lab):
    lab.add_fault("not_found", first=1)
    with pytest.raises(openai.NotFoundError):
        ask()
    assert "asked_for_unknown_model" not in lab.verdict()
