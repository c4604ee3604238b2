import pytest

from mock_llm.injected.fault_scope import Target
from mock_llm.injected.latency import Pace
from mock_llm.injected.overrides import read_overrides
from mock_llm.refusals import Refusal

CHAT = Target("/v1/chat/completions", "gpt-4", False, False, "question", 1)


def by_header(fault=None, latency=None):
    given = {b"x-mock-fault": fault, b"x-mock-latency": latency}
    return {name: value.encode() for name, value in given.items() if value is not None}


def test_a_request_without_a_word_about_it_overrides_nothing():
    assert read_overrides({b"host": b"x"}, b"") is None
    assert read_overrides({}, b"limit=3&after=mock") is None


def test_a_fault_by_header_has_the_settings_that_are_given():
    own = read_overrides(by_header("unavailable; retry_after_s=2 ;after_s=0.5"), b"")
    assert own.fault.kind == "unavailable"
    assert dict(own.fault.settings) == {"retry_after_s": 2.0, "after_s": 0.5}
    assert own.pace is None
    assert own.fault_for(CHAT) is own.fault


def test_the_query_says_the_same():
    own = read_overrides({}, b"mock_fault=hang%3Bfor_s%3D2&mock_latency=ttft_s=0.5;per_token_s=0.1")
    assert own == read_overrides(by_header("hang; for_s=2", "ttft_s=0.5; per_token_s=0.1"), b"")
    assert own.pace == Pace(0.5, 0.5, 0.1, 0.1)
    plain = b"mock_fault=hang;for_s=2&mock_latency=ttft_s=0.5;per_token_s=0.1"
    assert own == read_overrides({}, plain)


def test_none_takes_away_what_the_lab_has():
    own = read_overrides(by_header("none", "none"), b"")
    assert (own.no_fault, own.fault, own.pace) == (True, None, Pace())


@pytest.mark.parametrize(
    ("fault", "latency", "complaint"),
    [
        ("explode", None, "X-Mock-Fault: 'explode' is none of rate_limited, "),
        ("", None, "X-Mock-Fault: '' is none of rate_limited, "),
        ("none; for_s=1", None, "X-Mock-Fault: 'none' is none of"),
        ("hang; for_s=soon", None, "X-Mock-Fault: for_s: expected a number, got 'soon'"),
        ("hang; for_s=-1", None, "X-Mock-Fault: for_s: must be 0 or more"),
        ("hang; for_s=inf", None, "X-Mock-Fault: for_s: must be 0 or more"),
        ("hang; for_s", None, "X-Mock-Fault: expected NAME=NUMBER, got 'for_s'"),
        ("hang; for_s=1; for_s=2", None, "X-Mock-Fault: for_s: is given twice"),
        ("hang; first=1", None, "X-Mock-Fault: first: is not a setting; known here: for_s"),
        (None, "ttft_s=1; ttft_max_s=2", "X-Mock-Latency: ttft_s: is constant"),
        (None, "quick", "X-Mock-Latency: expected NAME=NUMBER, got 'quick'"),
        (None, "creep=1", "X-Mock-Latency: creep: expected a list"),
    ],
)
def test_a_mistake_is_named_with_its_header(fault, latency, complaint):
    with pytest.raises(Refusal, match=complaint) as caught:
        read_overrides(by_header(fault, latency), b"")
    assert caught.value.reason == "invalid_value"
    assert caught.value.param in ("X-Mock-Fault", "X-Mock-Latency")


def test_header_and_query_at_once_are_refused():
    with pytest.raises(Refusal, match="X-Mock-Fault: is given twice"):
        read_overrides(by_header("hang"), b"mock_fault=hang")
    with pytest.raises(Refusal, match="X-Mock-Fault: is given twice"):
        read_overrides({}, b"mock_fault=hang&mock_fault=reset")


@pytest.mark.parametrize(
    ("kind", "complaint"),
    [
        ("stream_cut", "stream_cut strikes only a request that streams"),
        ("wrong_value", "wrong_value strikes only a request that asks for JSON"),
    ],
)
def test_a_fault_that_the_request_cannot_have_is_refused(kind, complaint):
    with pytest.raises(Refusal, match=complaint):
        read_overrides(by_header(kind), b"").fault_for(CHAT)


def test_a_fault_that_an_endpoint_cannot_have_is_refused():
    embeds = Target("/v1/embeddings", "text-embedding-3-small", False, False, "question", 1)
    with pytest.raises(Refusal, match="/v1/embeddings cannot fail as empty"):
        read_overrides(by_header("empty"), b"").fault_for(embeds)
