import pytest

from mock_llm.wire.openai.limits import duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, b"0s"),
        (0.0004, b"1ms"),
        (0.12, b"120ms"),
        (1, b"1s"),
        (8.64, b"8.64s"),
        (59.9991, b"1m0s"),
        (61.5, b"1m1.5s"),
        (360, b"6m0s"),
        (3600, b"1h0m0s"),
    ],
)
def test_a_span_of_time_is_written_as_the_provider_writes_it(seconds, said):
    assert duration(seconds) == said
