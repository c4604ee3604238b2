"""`@checks(...)`: names what a test is evidence for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])
ATTRIBUTE = "workshop_checks"


def checks(*ids: str) -> Callable[[Test], Test]:
    """Marks a test (or a class of tests) as evidence for these checks, "task.check" each."""
    if not ids or not all(isinstance(name, str) and name.count(".") == 1 for name in ids):
        raise ValueError(f"@checks takes ids like 'settings.key_is_secret', not {ids!r}")

    def mark(test: Test) -> Test:
        setattr(test, ATTRIBUTE, ids)
        return test

    return mark
