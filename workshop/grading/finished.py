"""The finished package of a part and its wrong answers, for tests of the attendee's tests."""

from __future__ import annotations

import random
import secrets
from pathlib import Path

from workshop.build.editions import finished_text
from workshop.grading.disguise import disguised
from workshop.grading.faults import EngineTrouble
from workshop.grading.folder import read_tree
from workshop.parts import Part

SUBMISSION, FINISHED, MUTANT = "submission", "finished", "mutant:"


def package_files(part: Part, source: str) -> dict[str, bytes]:
    """The files of the finished package, or of one with a wrong answer's mistakes in it.

    Made from the source in modules/, of which solutions/ is a copy, and disguised: see there.
    Raises EngineTrouble for a wrong answer that does not exist or does not fit.
    """
    files = finished_package(part.folder, part.package)
    if source.startswith(MUTANT):
        files = _with_mistakes(part, files, source.removeprefix(MUTANT))
    elif source != FINISHED:
        raise EngineTrouble(f"package_from={source!r} is not known")
    pieces: dict[str, list[str]] = {}
    for answer in part.wrong_answers:
        for replacement in answer.replacements:
            pieces.setdefault(replacement.file, []).extend((replacement.old, replacement.new))
    return disguised(files, pieces, random.Random(secrets.randbits(64)))  # noqa: S311 (a secret)


def finished_package(folder: Path, package: str) -> dict[str, bytes]:
    """The package under a part's source folder, without solution markers."""
    found = read_tree(folder / package, package)
    return {
        path: finished_text(data.decode("utf-8")).encode() if path.endswith(".py") else data
        for path, data in found.items()
    }


def _with_mistakes(part: Part, files: dict[str, bytes], name: str) -> dict[str, bytes]:
    for answer in part.wrong_answers:
        if answer.name == name:
            break
    else:
        raise EngineTrouble(f"{part.id} has no wrong answer {name!r}")
    changed = dict(files)
    for replacement in answer.replacements:
        text = changed.get(replacement.file, b"").decode("utf-8")
        if text.count(replacement.old) != 1:
            raise EngineTrouble(
                f"wrong answer {name!r}: its text stands {text.count(replacement.old)} times "
                f"in the finished {replacement.file}, not once"
            )
        changed[replacement.file] = text.replace(replacement.old, replacement.new).encode()
    return changed
