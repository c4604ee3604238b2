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

    `old` is where the submission that was there before has gone, and `before` the student whose
    place the same upload was put in earlier, if that is another.
    """

    student: str
    files: tuple[str, ...]
    source: str
    late: bool = False
    old: Path | None = None
    before: str | None = None

    def to_json(self) -> dict[str, object]:
        """For `--json`."""
        before = {"before": self.before} if self.before is not None else {}
        files = list(self.files)
        return {"student": self.student, "files": files, "from": shown(self.source), **before}


@dataclass
class Report:
    """One run over one download."""

    part: str
    placed: list[Placed] = field(default_factory=list)
    unchanged: list[Placed] = field(default_factory=list)
    differs: list[Placed] = field(default_factory=list)
    elsewhere: list[Placed] = field(default_factory=list)
    unmatched: list[Note] = field(default_factory=list)
    problems: list[Note] = field(default_factory=list)
    ignored: list[Note] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    """Ids of the class list that have no submission, in this download or before."""
    not_listed: list[str] = field(default_factory=list)
    """Who has a submission from before but is not on the class list."""

    @property
    def complete(self) -> bool:
        """Whether nothing was left out."""
        return not (self.differs or self.elsewhere or self.unmatched or self.problems)

    def to_json(self) -> dict[str, object]:
        """For `--json`."""
        submissions = {
            "placed": self.placed,
            "unchanged": self.unchanged,
            "differs": self.differs,
            "elsewhere": self.elsewhere,
        }
        notes = {"unmatched": self.unmatched, "problems": self.problems, "ignored": self.ignored}
        return {
            "part": self.part,
            **{key: [one.to_json() for one in found] for key, found in submissions.items()},
            **{
                key: [{"name": shown(note.name), "reason": shown(note.reason)} for note in found]
                for key, found in notes.items()
            },
            "missing": self.missing,
            "not_listed": self.not_listed,
        }

    def totals(self, *, dry_run: bool = False) -> str:
        """One line."""
        counts = {
            "would be placed" if dry_run else "placed": len(self.placed),
            "unchanged": len(self.unchanged),
            "already there, but different": len(self.differs),
            "already collected under another name": len(self.elsewhere),
            "without a student": len(self.unmatched),
            "with a problem": len(self.problems),
        }
        said = ", ".join(f"{count} {says}" for says, count in counts.items() if count)
        return f"{said or 'there are no submissions in it'}{'; nothing was written' * dry_run}"


def few(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    every = list(names)
    more = f" and {len(every) - FEW} more" if len(every) > FEW else ""
    return ", ".join(every[:FEW]) + more
