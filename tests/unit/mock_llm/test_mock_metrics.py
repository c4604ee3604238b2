import pytest
from prometheus_client.parser import text_string_to_metric_families

from mock_llm import MockLLM
from mock_llm.evidence import metrics
from mock_llm.evidence.metrics import exposition
from mock_llm.evidence.prices import Usage


@pytest.fixture
def lab():
    return MockLLM("instant").lab("sk-1")


USED = Usage(10, 5, cached=4)


def visit(lab, usage=USED, status=200, outcome="ok", fault=None):
    one = lab.arrive("/v1/chat/completions")
    one.model, one.usage, one.fault = "gpt-6-luna", usage, fault
    one.first_token_s = 0.03
    one.close(outcome, status)


class Samples(dict):
    """Values by name and the labels' values, in any order."""

    def __getitem__(self, wanted):
        return super().__getitem__((wanted[0], frozenset(wanted[1:])))


def samples(*labs):
    families = text_string_to_metric_families(exposition(labs).decode())
    return Samples(
        ((sample.name, frozenset(filter(None, sample.labels.values()))), sample.value)
        for family in families
        for sample in family.samples
    )


def test_requests_are_counted_by_status_outcome_and_fault(lab):
    visit(lab)
    visit(lab)
    visit(lab, Usage(0, 0), 429, fault="rate_limited")
    found = samples(lab)
    name, chat = "mock_llm_requests_total", "/v1/chat/completions"
    assert found[name, "sk-1", "gpt-6-luna", chat, "200", "ok"] == 2
    assert found[name, "sk-1", "gpt-6-luna", chat, "429", "fault", "rate_limited"] == 1


def test_tokens_and_dollars_are_those_of_the_ledger(lab):
    visit(lab)
    visit(lab)
    found = samples(lab)
    assert found["mock_llm_tokens_total", "sk-1", "gpt-6-luna", "input"] == 20
    assert found["mock_llm_tokens_total", "sk-1", "gpt-6-luna", "cached"] == 8
    assert found["mock_llm_tokens_total", "sk-1", "gpt-6-luna", "output"] == 10
    dollars = lab.ledger().total_nanodollars / 1e9
    assert found["mock_llm_cost_usd_total", "sk-1", "gpt-6-luna"] == pytest.approx(dollars)


def test_durations_have_opentelemetrys_names_and_buckets(lab):
    visit(lab)
    visit(lab, status=503, outcome="fault", fault="unavailable")
    found = samples(lab)
    about = ("sk-1", "gpt-6-luna", "chat")
    name = "gen_ai_server_request_duration_seconds"
    assert found[f"{name}_count", *about] == 1
    assert found[f"{name}_count", *about, "unavailable"] == 1
    first = "gen_ai_server_time_to_first_token_seconds_bucket"
    assert (found[first, *about, "0.02"], found[first, *about, "0.04"]) == (0, 1)


def test_the_counts_of_a_lab_outlive_its_journals_entries():
    lab = MockLLM("instant").lab("sk-1")
    for _ in range(3):
        visit(lab)
    lab.records._journal.clear()
    assert samples(lab)["mock_llm_requests_total", "sk-1", "gpt-6-luna",
                        "/v1/chat/completions", "200", "ok"] == 3  # fmt: skip


def test_too_many_labs_are_counted_but_have_no_series(monkeypatch):
    monkeypatch.setattr(metrics, "MOST_LABS", 2)
    mock = MockLLM("instant")
    found = samples(*(mock.lab(f"sk-{number}") for number in range(5)))
    assert (found["mock_llm_labs",], found["mock_llm_labs_not_shown",]) == (5, 3)
    assert len([name for name in found if name[0] == "mock_llm_requests_underway"]) == 2
