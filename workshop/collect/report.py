"""What `workshop collect` did, as JSON and in numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from workshop.collect.attempts import Note
from workshop.collect.safe_names import shown

FEW = 5


@dataclass(frozen=True)
class Placed:
    """A submission that is in its place, or would be: its files, and the items it came from.

    `old` is where the submission that was there before has gone.
    """

    student: str
    files: tuple[str, ...]
    source: str
    late: bool = False
    old: Path | None = None

    def to_json(self) -> dict[str, object]:
        """For `--json`."""
        return {"student": self.student, "files": list(self.files), "from": shown(self.source)}


@dataclass
class Report:
    """One run over one download."""

    part: str
    placed: list[Placed] = field(default_factory=list)
    unchanged: list[Placed] = field(default_factory=list)
    differs: list[Placed] = field(default_factory=list)
    unmatched: list[Note] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    ignored: list[Note] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return not (self.differs or self.unmatched or self.problems)

    def to_json(self) -> dict[str, object]:
        """For `--json`."""
        submissions = {"placed": self.placed, "unchanged": self.unchanged, "differs": self.differs}
        notes = {"unmatched": self.unmatched, "problems": self.problems, "ignored": self.ignored}
        return {
            "part": self.part,
            **{key: [one.to_json() for one in found] for key, found in submissions.items()},
            **{
                key: [{"name": shown(note.name), "reason": shown(note.reason)} for note in found]
                for key, found in notes.items()
            },
        }

    def totals(self) -> str:
        """One line."""
        counts = {
            "placed": len(self.placed),
            "unchanged": len(self.unchanged),
            "already there, but different": len(self.differs),
            "without a student": len(self.unmatched),
            "with a problem": len(self.problems),
        }
        return ", ".join(f"{count} {says}" for says, count in counts.items() if count)


def few(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - FEW} more" if len(every) > FEW else ""
    return ", ".join(every[:FEW]) + more
