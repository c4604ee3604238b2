"""A clone with one small part, and downloads as the platforms make them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from pathlib import Path

PART = "part1_toy"
DESCRIPTION = """
id = "part1_toy"
number = 1
title = "A toy"
minutes = 5
package = "shop"
files = ["shop/*.py", "test_shop.py"]

[[section]]
number = "1.1"
title = "All of it"
minutes = 5

[[task]]
id = "sums"
title = "Sums"
section = "1.1"
kind = "core"
minutes = 3
points = 10
file = "shop/prices.py"

[[task.check]]
id = "total"
says = "the total is right"
points = 10
"""
CLASS = """\ufeffid;first_name;last_name;email
aroe;Ann;Roe;ann.roe@uni.example
bdoe;Bo;Doe;bo@uni.example

s+3 é;Zoë;O'Poe;zoe@uni.example
"""


def work(mark: str) -> dict[str, bytes]:
    """A submission that can be told from others by `mark`."""
    return {
        "shop/prices.py": f"# {mark}\n".encode(),
        "shop/__init__.py": b"",
        "lesson.ipynb": b'{"cells": []}',
    }


def zipped(files: Mapping[str, bytes], folder: str = "") -> bytes:
    """The bytes of a zip, all files in `folder`."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as target:
        for name, data in files.items():
            target.writestr(f"{folder}/{name}" if folder else name, data)
    return content.getvalue()


def wrapped(mark: str) -> bytes:
    """The part's folder of a workspace, zipped as macOS does it."""
    files = {f"{PART}/{path}": data for path, data in work(mark).items()}
    return zipped({**files, f"__MACOSX/{PART}/shop/._prices.py": b"junk"})


def under(folder: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The files with `folder` before their paths."""
    return {f"{folder}/{path}": data for path, data in files.items()}


def write(folder: Path, files: Mapping[str, bytes]) -> Path:
    """The files on disk."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
