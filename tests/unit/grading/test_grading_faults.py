"""What a submission raised, in the learner's words; nothing it sends is trusted."""

from __future__ import annotations

import pytest

from workshop.grading.faults import SubmissionError, plain_text


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            {"type": "NotImplementedError", "message": "", "file": "a.py", "line": 41},
            "a.py, line 41: not written yet",
        ),
        (
            {"type": "NameError", "message": "name 'x' is not defined", "file": "a.py", "line": 2},
            "a.py, line 2: NameError: name 'x' is not defined",
        ),
        ({"type": "ValueError", "message": "two\n\nparagraphs"}, "ValueError: two"),
        ({"type": "KeyError"}, "KeyError"),
        (None, "Exception"),
        ([1, 2], "Exception"),
        ({"type": 7, "message": {"a": 1}, "file": 3, "line": "x"}, "7: {'a': 1}"),
        ({"type": "E", "message": "\x1b[31mred\u202e", "file": "a\nb", "line": None}, "a b: E:"),
    ],
)
def test_any_data_becomes_one_printable_line(data: object, expected: str) -> None:
    said = str(SubmissionError.from_plain(data))
    assert said.startswith(expected)
    assert said.isprintable()


def test_a_text_is_cut_at_its_first_paragraph_and_length() -> None:
    assert plain_text("one\n  two  \n\nthree") == "one two"
    assert len(plain_text("x" * 10_000_000)) == 400
