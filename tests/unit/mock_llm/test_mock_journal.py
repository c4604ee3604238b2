import json

from mock_llm.journal import Entry, Journal


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


def test_entries_come_in_the_order_in_which_their_requests_came():
    journal = Journal()
    for sequence in (2, 3, 1):
        journal.write(entry(sequence))
    assert [each.sequence for each in journal.entries()] == [1, 2, 3]


def test_the_journal_is_bounded_and_counts_what_it_dropped():
    journal = Journal(kept=10)
    for sequence in range(25):
        journal.write(entry(sequence))
    assert [each.sequence for each in journal.entries()] == list(range(15, 25))
    assert journal.dropped == 15


def test_long_requests_make_room_sooner():
    journal = Journal(kept=10, kept_bytes=1000)
    for sequence in range(5):
        journal.write(entry(sequence, body=b"x" * 300))
    assert [each.sequence for each in journal.entries()] == [2, 3, 4]
    journal.write(entry(9, body=b"x" * 2000))
    assert journal.entries() == []
    journal.write(entry(10))
    assert [each.sequence for each in journal.entries()] == [10]


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


def test_a_body_that_is_no_json_object_is_an_empty_request():
    for body in (b"", b"nonsense", b"[1]", b"\xff"):
        assert entry(body=body).request == {}
        assert entry(body=body).prompt == ""


def test_an_entry_survives_the_wire():
    before = entry(body=b'{"model":"gpt-4","prompt":"x"}')
    assert Entry.from_dict(json.loads(json.dumps(before.to_dict()))) == before
