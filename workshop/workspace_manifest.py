"""What was given to the attendee last, so that what they changed can be told from what we did."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path

from workshop.files import read_json, write_json

_VERSION = 1


@dataclass(frozen=True)
class Fingerprint:
    """Hashes of a file: `exact` of its bytes, `said` of what it says.

    They differ for a notebook, which says what its cells say: running it changes outputs, counts
    and metadata, and is no change of the attendee's making.
    """

    exact: str
    said: str


@dataclass
class Manifest:
    """By path below the workspace: the file as it was last given.

    `aside` are the new editions that were laid beside a changed file, by their own path.
    """

    given: dict[str, Fingerprint] = field(default_factory=dict)
    aside: dict[str, Fingerprint] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path) -> Manifest:
        """An absent or damaged one is empty: every file that differs then counts as changed."""
        stored = read_json(path)
        return cls(_fingerprints(stored.get("given")), _fingerprints(stored.get("aside")))

    def write(self, path: Path) -> None:
        """Atomically, at `path`."""
        content: dict[str, object] = {"version": _VERSION}
        for name, files in (("given", self.given), ("aside", self.aside)):
            content[name] = {path: [mark.exact, mark.said] for path, mark in files.items()}
        write_json(path, content)


def manifest_path(work: Path) -> Path:
    """Where a workspace keeps its manifest."""
    return work / ".workshop" / "manifest.json"


def fingerprint(path: Path) -> Fingerprint | None:
    """Of the file at `path`; None if there is none."""
    try:
        content = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except IsADirectoryError:
        return Fingerprint("a folder", "a folder")
    exact = hashlib.sha256(content).hexdigest()
    cells = _cells(content) if path.suffix == ".ipynb" else None
    return Fingerprint(exact, exact if cells is None else hashlib.sha256(cells).hexdigest())


def _cells(content: bytes) -> bytes | None:
    try:
        cells = json.loads(content)["cells"]
        said = [[cell["cell_type"], "".join(cell["source"])] for cell in cells]
    except (ValueError, KeyError, TypeError):
        return None
    return json.dumps(said, ensure_ascii=False).encode()


def _fingerprints(value: object) -> dict[str, Fingerprint]:
    if not isinstance(value, dict):
        return {}
    return {
        str(path): Fingerprint(str(mark[0]), str(mark[1]))
        for path, mark in value.items()
        if isinstance(mark, list) and len(mark) == 2
    }
