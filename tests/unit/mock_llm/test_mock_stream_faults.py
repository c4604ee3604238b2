import json

import pytest

from mock_llm.injected.stream_faults import cut_at, malformed, until, without_end, without_usage

CHUNKS = [(n, b'data: {"n":%d,"usage":null}\n\n' % n) for n in range(4)]
USAGE = (4, b'data: {"choices":[],"usage":{"prompt_tokens":1}}\n\n')
DONE = (4, b"data: [DONE]\n\n")
STREAM = [*CHUNKS, USAGE, DONE]
NAMED = [
    (0, b'event: message_start\ndata: {"message":{"id":"m","usage":{"input_tokens":1}}}\n\n'),
    (0, b'event: ping\ndata: {"type":"ping"}\n\n'),
    (1, b'event: message_stop\ndata: {"type":"message_stop"}\n\n'),
]


def text(parts):
    return b"".join(data for _, data in parts)


@pytest.mark.parametrize(("fraction", "kept"), [(0.0, 0), (0.5, 2), (1.0, 4)])
def test_a_stream_is_cut_at_a_fraction_of_its_chunks(fraction, kept):
    assert list(until(STREAM, cut_at(4, fraction))) == CHUNKS[:kept]


def test_a_malformed_event_is_one_event_and_the_rest_is_sound():
    events = text(malformed(STREAM, 2)).split(b"\n\n")
    assert len(events) == len(text(STREAM).split(b"\n\n"))
    assert [number for number, event in enumerate(events[:4]) if not _is_json(event)] == [2]


def test_without_end_everything_comes_but_the_last_event():
    assert list(without_end(STREAM)) == STREAM[:-1]
    assert list(without_end(NAMED)) == NAMED[:-1]
    assert list(without_end([(0, NAMED[1][1] + NAMED[2][1])])) == [(0, NAMED[1][1])]
    assert list(without_end([])) == []


def test_without_usage_no_event_says_what_was_used():
    left = text(without_usage(STREAM))
    assert b"usage" not in left
    assert left.count(b"data: ") == 5
    assert left.endswith(b"data: [DONE]\n\n")


def test_without_usage_other_providers_events_keep_their_names():
    left = text(without_usage(NAMED))
    assert b"usage" not in left
    assert left.startswith(b'event: message_start\ndata: {"message":{"id":"m"}}')
    assert left.count(b"event: ") == 3


def _is_json(event):
    try:
        json.loads(event.removeprefix(b"data: "))
    except ValueError:
        return False
    return True
