import json
from types import SimpleNamespace

from mock_llm.evidence.journal import Entry, Journal, Room


def entry(sequence=1, body=b"{}"):
    return Entry(
        id=f"req_{sequence}",
        endpoint="/v1/chat/completions",
        model="gpt-4",
        user=None,
        feature=None,
        stream=False,
        status=200,
        outcome="ok",
        fault=None,
        prompt_tokens=1,
        completion_tokens=2,
        cost_nanodollars=3,
        item=None,
        matched=False,
        correct=None,
        answer="yes",
        finish_reason="stop",
        received_s=0.5,
        duration_s=0.25,
        retry_count=0,
        timeout_s=None,
        body=body,
        sequence=sequence,
    )


def closed(sequence, body=b""):
    """As much of a closed request as the journal looks at itself."""
    return SimpleNamespace(sequence=sequence, body=body, answer="")


def kept(journal):
    return [visit.sequence for visit in journal.after()]


def test_requests_come_in_the_order_in_which_they_arrived():
    journal = Journal()
    for sequence in (2, 3, 1):
        journal.write(closed(sequence))
    assert kept(journal) == [1, 2, 3]
    assert [visit.sequence for visit in journal.after(1)] == [2, 3]


def test_the_journal_is_bounded_and_counts_what_it_dropped():
    journal = Journal(kept=10)
    for sequence in range(25):
        journal.write(closed(sequence))
    assert kept(journal) == list(range(15, 25))
    assert journal.dropped == 15


def test_a_request_that_changes_takes_the_room_that_it_has_then():
    room = Room()
    journal, changed = Journal(kept=1, room=room), closed(1)
    changed.answer = "as far as it came and farther"
    journal.write(changed)
    before = room.used
    journal.amend(changed, lambda: setattr(changed, "answer", "as far"))
    assert room.used == before - len(" as it came and farther")
    journal.write(closed(2))
    used = room.used
    journal.amend(changed, lambda: setattr(changed, "answer", ""))
    assert room.used == used  # it is not kept any more
    journal.clear()
    assert room.used == 0


def test_long_requests_make_room_sooner():
    journal = Journal(kept=10, room=Room(5_000))
    for sequence in range(5):
        journal.write(closed(sequence, b"x" * 700))
    assert kept(journal) == [2, 3, 4]
    journal.write(closed(9, b"x" * 6000))
    assert kept(journal) == []
    journal.write(closed(10))
    assert kept(journal) == [10]


def test_a_lab_that_needs_room_takes_none_of_another_labs_share():
    room = Room(10_000)
    quiet, busy = Journal(room=room), Journal(room=room)
    for sequence in (1, 2, 3, 4):
        quiet.write(closed(sequence))
    for sequence in range(100):
        busy.write(closed(sequence))
    assert kept(quiet) == [1, 2, 3, 4]
    assert 0 < len(kept(busy)) <= 7
    assert room.used <= room.most


def test_a_cleared_journal_gives_its_room_back():
    room = Room(10_000)
    journal = Journal(room=room)
    journal.write(closed(1))
    assert (room.journals, room.used > 0) == (1, True)
    journal.clear()
    assert (room.journals, room.used) == (0, 0)


def test_the_prompt_is_every_text_that_was_sent():
    chat = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {
                "role": "user",
                "content": [{"type": "text", "text": "Which?"}, {"type": "image_url"}],
            },
            {"role": "assistant", "content": None},
        ]
    }
    assert entry(body=json.dumps(chat).encode()).prompt == "Be brief.\nWhich?"
    assert entry(body=b'{"prompt": "Once upon"}').prompt == "Once upon"
    assert entry(body=b'{"input": ["a", "b"]}').prompt == "a\nb"
    assert entry(body=b'{"prompt": [[1, 2]]}').prompt == "1\n2"


def test_the_prompt_of_other_apis_is_read_as_well():
    response = {
        "instructions": "Be brief.",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Which?"}]},
            {"type": "function_call_output", "call_id": "c", "output": "42"},
        ],
    }
    assert entry(body=json.dumps(response).encode()).prompt == "Be brief.\nWhich?\n42"
    message = {
        "system": [{"type": "text", "text": "Be kind."}],
        "messages": [
            {"role": "user", "content": [{"type": "tool_result", "content": "sunny"}]},
        ],
    }
    assert entry(body=json.dumps(message).encode()).prompt == "Be kind.\nsunny"


def test_a_body_that_is_no_json_object_is_an_empty_request():
    for body in (b"", b"nonsense", b"[1]", b"\xff"):
        assert entry(body=body).request == {}
        assert entry(body=body).prompt == ""


def test_an_entry_survives_the_wire():
    before = entry(body=b'{"model":"gpt-4","prompt":"x"}')
    assert Entry.from_dict(json.loads(json.dumps(before.to_dict()))) == before


def test_a_prompt_of_a_thousand_levels_is_no_trouble():
    deep = b'{"messages": ' + b"[" * 900 + b'"x"' + b"]" * 900 + b"}"
    assert entry(body=deep).prompt == ""
