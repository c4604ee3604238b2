"""The page's files, and the charts' library where it is installed."""

import gzip
import importlib.util
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path

STATIC = Path(__file__).parent / "static"
_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_WORTH_GZIP = 100_000


@dataclass(frozen=True, slots=True)
class File:
    """A file as it is sent. `packed` is the same gzipped, where that is worth it."""

    type: str
    body: bytes
    tag: str
    packed: bytes | None = None


@cache
def page_files() -> dict[str, File]:
    """Every file of the page by its name."""
    return {path.name: _file(path) for path in STATIC.iterdir() if path.suffix in _TYPES}


def charts_path() -> Path | None:
    """Where plotly.js is; None if the package that brings it is not installed."""
    found = importlib.util.find_spec("plotly")  # imports nothing of it
    for folder in (found.submodule_search_locations if found else None) or ():
        path = Path(folder) / "package_data" / "plotly.min.js"
        if path.is_file():
            return path
    return None


@cache
def charts() -> File | None:
    """plotly.js; None if the package that brings it is not installed."""
    path = charts_path()
    return _file(path) if path else None


def _file(path: Path) -> File:
    body = path.read_bytes()
    return File(
        type=_TYPES[path.suffix],
        body=body,
        tag=blake2b(body, digest_size=8).hexdigest(),
        packed=gzip.compress(body, 6) if len(body) > _WORTH_GZIP else None,
    )
