"""What a grade says of a failure in the attendee's tests."""

from __future__ import annotations

import pytest

from workshop.grading.attendee_failure import OwnWords, Place

FILES = {
    "test_tent.py": b"class TestTent:\n    def test_poles(self):\n        assert poles() == 3\n",
    "camp/tent.py": b"class Collapsed(Exception): ...\n",
}


@pytest.fixture
def words() -> OwnWords:
    return OwnWords(FILES, "test_tent.py")


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (Place("test_poles", "AssertionError", 3), "test_poles, line 3: AssertionError"),
        (Place("test_poles[a long id]", "Collapsed", 3), "test_poles, line 3: Collapsed"),
        (Place("TestTent::test_poles", "Failed", 3), "TestTent::test_poles, line 3: Failed"),
        (Place("test_hidden", "Failed", 3), "a test, line 3: Failed"),
        (Place("", "SyntaxError", 1), "line 1: SyntaxError"),
        (Place("test_poles", "def_answer_self", 3), "test_poles, line 3: an exception"),
        (Place("test_poles", "NotImplementedError", 2), "test_poles, line 2: not written yet"),
        (Place("test_poles", "KeyError", 4), "test_poles: KeyError"),
        (Place("test_poles", "KeyError", -1), "test_poles: KeyError"),
        (Place(), ""),
    ],
)
def test_only_the_submissions_own_words_are_repeated(
    words: OwnWords, place: Place, said: str
) -> None:
    assert words.place(place) == said


@pytest.mark.parametrize("answer", [None, [], "x", {"line": "3"}, {"test": 1, "kind": None}])
def test_a_place_of_another_shape_is_read_all_the_same(answer: object, words: OwnWords) -> None:
    assert "3" not in words.place(Place.from_answer(answer))
