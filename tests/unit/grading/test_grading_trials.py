"""What is said of a test file that does not run to its end, whatever the secret order is."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from workshop.grading.attendee_failure import Place
from workshop.grading.attendee_tests import LOST, PytestRun
from workshop.grading.own_tests import OwnTests

BROKEN = PytestRun(LOST, first_failure="SyntaxError: in line 3", place=Place("", "SyntaxError", 3))
WRONG = [f"wrong_{number}" for number in range(12)]


@pytest.mark.parametrize("quotes", [True, False])
def test_a_file_that_cannot_be_read_is_called_that_every_time(quotes: bool) -> None:
    shared = SimpleNamespace(snapshot=SimpleNamespace(files={"test_shop.py": b"\n\n)\n"}))
    workers = SimpleNamespace(shared=shared, pytest=lambda *asked, **named: BROKEN)
    said = set()
    for _ in range(30):
        own_tests = OwnTests(workers, "test_shop.py", WRONG, quotes=quotes)  # type: ignore[arg-type]
        with pytest.raises(AssertionError) as refused:
            own_tests.require_right()
        said.add(str(refused.value))
    (reason,) = said
    assert reason.endswith("SyntaxError: in line 3" if quotes else "line 3: SyntaxError")
