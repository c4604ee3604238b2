"""What a rule has to say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workshop.parts import Part

REBUILD = "run: workshop build"


@dataclass(frozen=True)
class Finding:
    """One broken rule: the file (relative to the repository), what is wrong, what to do next."""

    file: str
    problem: str
    next: str

    def line(self) -> str:
        return f"{self.file}: {self.problem} -> {self.next}"


def in_part(part: Part, file: str | Path, problem: str, next_step: str) -> Finding:
    """A finding about a file of the part's source folder."""
    return Finding((Path("modules") / part.id / file).as_posix(), problem, next_step)
