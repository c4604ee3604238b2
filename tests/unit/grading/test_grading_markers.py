"""`@checks` takes full ids only."""

from __future__ import annotations

import pytest

from workshop.grading import checks
from workshop.grading.markers import ATTRIBUTE


def test_a_test_carries_its_checks() -> None:
    @checks("a.b", "c.d")
    def test() -> None: ...

    assert getattr(test, ATTRIBUTE) == ("a.b", "c.d")


@pytest.mark.parametrize("ids", [(), ("settings",), ("a.b.c",), (3,)])
def test_anything_but_task_and_check_is_refused(ids: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="@checks takes ids"):
        checks(*ids)
