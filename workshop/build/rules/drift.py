"""exercises/ and solutions/ must be what a build would make, byte for byte."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from workshop.build.files import walk
from workshop.build.generate import EDITIONS
from workshop.build.replace import differences
from workshop.build.rules.finding import REBUILD, Finding
from workshop.parts import Part


def findings(parts: Sequence[Part], built: Path, root: Path) -> Iterator[Finding]:
    """Compares the freshly `built` folders of `parts` with those in `root`."""
    for edition in EDITIONS:
        for part in parts:
            new, old = built / edition / part.id, root / edition / part.id
            if not old.exists():
                yield Finding(f"{edition}/{part.id}", "it is not built yet", REBUILD)
                continue
            for file in differences(new, old):
                name = f"{edition}/{part.id}/{file}"
                if not (old / file).exists():
                    yield Finding(name, "it is missing", REBUILD)
                elif not (new / file).exists():
                    yield Finding(name, "no file in modules/ stands behind it", REBUILD)
                else:
                    yield Finding(name, "it differs from what modules/ makes", REBUILD)


def orphans(parts: Sequence[Part], root: Path) -> Iterator[Finding]:
    """What lies in exercises/ or solutions/ beside `parts`, which must be all the parts."""
    known = {part.id for part in parts}
    for edition in EDITIONS:
        for file in walk(root / edition) if (root / edition).is_dir() else ():
            if file.parts[0] not in known:
                yield Finding(f"{edition}/{file}", "it belongs to no part", REBUILD)
