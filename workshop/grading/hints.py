"""Hints, one more each time they are asked for. What was shown is kept in the workspace."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path

from workshop.files import read_json, write_json
from workshop.parts import Part


@dataclass(frozen=True)
class Hint:
    """Hint `number` of `of` for a task."""

    task: str
    number: int
    of: int
    text: str


def next_hint(part: Part, task_id: str, work: Path) -> Hint | None:
    """The next hint that was not shown yet; after the last one, the last one again."""
    hints = part.task(task_id).hints
    if not hints:
        return None
    file = work / ".workshop" / "hints.json"
    shown = read_json(file)
    key = f"{part.id}.{task_id}"
    before = shown.get(key, 0)
    number = min(before if isinstance(before, int) else 0, len(hints) - 1) + 1
    with contextlib.suppress(OSError):
        write_json(file, {**shown, key: number})
    return Hint(task_id, number, len(hints), hints[number - 1])
