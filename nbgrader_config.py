"""nbgrader's configuration, read by `nbgrader …` and formgrader when started in this folder."""

import contextlib
import os
import sys
from pathlib import Path

root = Path(__file__).resolve().parent
if str(root) not in sys.path:  # a conda environment may have nbgrader but not this project
    sys.path.append(str(root))

from workshop.build.nbgrader_settings import GRADING, configure  # noqa: E402

configure(get_config(), root, os.environ.get("WORKSHOP_GRADEBOOK_URL"))  # type: ignore[name-defined]  # noqa: F821 (nbgrader provides it)
with contextlib.suppress(OSError):  # SQLite makes the file, not the folder
    (root / GRADING).mkdir(exist_ok=True)
