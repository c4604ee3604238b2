"""What is said about values of another kind, in each provider's words."""

import pytest

from mock_llm.refusals import Refusal
from mock_llm.wire.anthropic.complaints import KINDS as CLAUDES
from mock_llm.wire.anthropic.params import MESSAGE
from mock_llm.wire.kinds import check
from mock_llm.wire.openai.complaints import KINDS
from mock_llm.wire.openai.params import CHAT


def refused(params, **request):
    with pytest.raises(Refusal) as caught:
        check(params, request)
    return caught.value


@pytest.mark.parametrize(
    ("request_", "param", "code", "message"),
    [
        (
            {"frequency_penalty": "x"},
            "frequency_penalty",
            None,
            "Invalid type for 'frequency_penalty': expected a decimal, but got a string instead.",
        ),
        (
            {"store": 1},
            "store",
            None,
            "Invalid type for 'store': expected a boolean, but got an integer instead.",
        ),
        (
            {"temperature": 3},
            "temperature",
            "decimal_above_max_value",
            "Invalid 'temperature': decimal above maximum value. "
            "Expected a value <= 2, but got 3 instead.",
        ),
        (
            {"n": 0},
            "n",
            "integer_below_min_value",
            "Invalid 'n': integer below minimum value. Expected a value >= 1, but got 0 instead.",
        ),
        (
            {"logit_bias": {"50256": 101}},
            "logit_bias.50256",
            "integer_above_max_value",
            "Invalid 'logit_bias.50256': integer above maximum value. "
            "Expected a value <= 100, but got 101 instead.",
        ),
        (
            {"verbosity": "loud"},
            "verbosity",
            None,
            "Invalid value: 'loud'. Supported values are: 'low', 'medium', and 'high'.",
        ),
        (
            {"modalities": ["smell"]},
            "modalities[0]",
            None,
            "Invalid value: 'smell'. Supported values are: 'text' and 'audio'.",
        ),
        (
            {"prompt_cache_retention": 24},
            "prompt_cache_retention",
            None,
            "Invalid type for 'prompt_cache_retention': "
            "expected one of 'in_memory' or '24h', but got an integer instead.",
        ),
        (
            {"function_call": []},
            "function_call",
            None,
            "Invalid type for 'function_call': "
            "expected one of 'none', 'auto', or object, but got an array instead.",
        ),
        (
            {"functions": [None]},
            "functions[0]",
            None,
            "Invalid type for 'functions[0]': expected an object, but got null instead.",
        ),
        (
            {"safety_identifier": "u" * 129},
            "safety_identifier",
            "string_above_max_length",
            "Invalid 'safety_identifier': string too long. Expected a string with maximum length "
            "128, but got a string with length 129 instead.",
        ),
    ],
)
def test_openai_names_the_parameter_what_it_expected_and_what_it_got(
    request_, param, code, message
):
    refusal = refused(CHAT, **request_)
    assert (refusal.param, refusal.code, refusal.message) == (param, code, message)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"stream": "yes"}, "stream: Input should be a valid boolean"),
        ({"container": 5}, "container: Input should be a valid string or dictionary"),
        ({"service_tier": 5}, "service_tier: Input should be 'auto' or 'standard_only'"),
        ({"service_tier": "gold"}, "service_tier: Input should be 'auto' or 'standard_only'"),
        ({"mcp_servers": {}}, "mcp_servers: Input should be a valid list"),
        ({"mcp_servers": ["x"]}, "mcp_servers.0: Input should be a valid dictionary"),
        ({"mcp_servers": [{"url": 5}]}, "mcp_servers.0.url: Input should be a valid string"),
        ({"fallbacks": 5}, "fallbacks: Input should be a valid list or 'default'"),
    ],
)
def test_anthropic_names_the_path_and_what_it_expected(request_, message):
    assert refused(MESSAGE, **request_).message == message


def test_anthropic_names_the_bounds():
    bounded = {"a": CLAUDES.number(0, 1), "b": CLAUDES.text(3)}
    assert refused(bounded, a=-1).message == "a: Input should be greater than or equal to 0"
    assert refused(bounded, a=2).message == "a: Input should be less than or equal to 1"
    assert refused(bounded, b="long").message == "b: String should have at most 3 characters"


def test_null_and_unknown_parameters_pass():
    check(CHAT, {"temperature": None, "store": None, "from_the_future": object()})
    check(MESSAGE, {"container": None, "thread": {"type": None, "later": 1}})


def test_a_path_in_a_complaint_is_short_however_long_the_key():
    assert len(refused(CHAT, logit_bias={"x" * 5_000: "y"}).param) == 100


def test_a_bound_itself_is_within_the_bounds():
    within = {"a": KINDS.number(-2, 2), "b": KINDS.integer(1, 3)}
    for a, b in ((-2, 1), (2, 3), (2.0, 2)):
        check(within, {"a": a, "b": b})
