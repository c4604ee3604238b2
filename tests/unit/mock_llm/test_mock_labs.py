import pytest

from mock_llm.clock import ManualClock
from mock_llm.evidence.prices import Usage, load_prices
from mock_llm.injected.faults import Target
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.model.models import load_models
from mock_llm.refusals import Refusal
from mock_llm.scenario import load_scenario


def make(key="sk-a", **settings):
    return Lab(
        key,
        scenario=load_scenario("instant"),
        models={"gpt-4": load_models()["gpt-4"]},
        prices=load_prices(),
        clock=ManualClock(),
        **settings,
    )


def admit(lab, content="question"):
    return lab.admit(
        lambda nth: Target("/v1/completions", "gpt-4", False, False, content, nth), content
    )[0]


def test_a_lab_counts_how_often_a_content_came():
    lab = make()
    assert [admit(lab), admit(lab), admit(lab, "another"), admit(lab)] == [1, 2, 1, 3]
    lab.reset()
    assert admit(lab) == 1


def test_the_contents_that_a_lab_remembers_are_bounded(monkeypatch):
    monkeypatch.setattr("mock_llm.lab.REMEMBERED_CONTENTS", 3)
    lab = make()
    for number in range(10):
        admit(lab, str(number))
    assert admit(lab, "9") == 2
    assert admit(lab, "0") == 1


def test_a_request_is_written_down_once_whatever_is_said_later():
    lab = make()
    visit = lab.arrive("/v1/completions")
    assert lab.underway == 1
    visit.model, visit.usage = "gpt-4", Usage(10, 1)
    visit.close("ok", 200)
    visit.close("cancelled", 0)
    assert lab.underway == 0
    assert [entry.outcome for entry in lab.journal()] == ["ok"]
    assert lab.ledger().total_nanodollars == 10 * 30_000 + 60_000


def test_an_injected_fault_stays_the_outcome():
    lab = make()
    visit = lab.arrive("/v1/completions")
    visit.fault = "hang"
    visit.close("cancelled", 0)
    assert [(entry.outcome, entry.fault) for entry in lab.journal()] == [("fault", "hang")]


def test_request_ids_are_never_used_twice_not_even_after_a_reset():
    lab = make()
    before = lab.arrive("/v1/models").id
    lab.reset()
    assert lab.arrive("/v1/models").id != before
    assert make("sk-b").arrive("/v1/models").id != before


def test_a_key_leads_to_the_same_lab_each_time():
    labs = Labs(make)
    assert labs.open("sk-a") is labs.open("sk-a")
    assert labs.open("sk-a") is not labs.open("sk-b")
    assert labs.open("") is labs.nobodys
    assert len(labs) == 2


def test_the_number_of_labs_is_bounded():
    labs = Labs(make, most=2)
    labs.open("sk-a")
    labs.open("sk-b")
    with pytest.raises(Refusal, match="holds 2 labs already"):
        labs.open("sk-c")
    assert labs.open("sk-a").api_key == "sk-a"
    with pytest.raises(Refusal, match="at most 512 characters"):
        labs.open("k" * 513)
