"""Vectors that mean something, offline: paraphrases are close, unrelated texts far apart.

The weights are those that ship in wordllama's wheel (19 MB, numpy only); they are loaded on first
use, which takes under a second.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wordllama.inference import WordLlamaInference

DIMENSIONS = 256


class EmbeddingsUnavailable(RuntimeError):
    """The package with the weights is not installed on this machine."""


@contextlib.contextmanager
def _root_logger_untouched() -> Iterator[None]:
    """wordllama sets up logging for the whole process when it is imported: not its place."""
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    try:
        yield
    finally:
        root.setLevel(level)
        for added in set(root.handlers) - set(handlers):
            root.removeHandler(added)


@cache
def _model() -> WordLlamaInference:
    try:
        with _root_logger_untouched():
            import wordllama
    except ImportError as error:
        raise EmbeddingsUnavailable(
            "Embeddings need the package wordllama, which is not installed here "
            "(it has wheels for Python 3.11 to 3.13 on Linux x86-64, macOS and Windows). "
            "Everything but /v1/embeddings works without it. "
            "To install it: pip install '.[embeddings]'"
        ) from error
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


def embed(texts: Sequence[str], dimensions: int | None = None) -> list[list[float]]:
    """One vector of unit length for each text.

    Fewer dimensions keep the first ones and scale to unit length again: the model was trained so
    that they carry the most. A text without any token (the empty string) gets a fixed vector.

    Raises ValueError if dimensions is not between 1 and DIMENSIONS, EmbeddingsUnavailable on a
    platform without wordllama.
    """
    size = DIMENSIONS if dimensions is None else dimensions
    if not 1 <= size <= DIMENSIONS:
        raise ValueError(f"dimensions must be between 1 and {DIMENSIONS}, got {size}")
    if not texts:
        return []
    model = _model()
    # A blank stands in for nothing: the mean over no tokens would be no number.
    vectors = model.embed([text or " " for text in texts])
    return _unit(vectors, size)


def _unit(made: object, size: int) -> list[list[float]]:
    import numpy as np

    vectors = np.asarray(made, dtype=np.float64)[:, :size]
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors[:, :1] = np.where(lengths == 0, 1.0, vectors[:, :1])
    unit: list[list[float]] = (vectors / np.where(lengths == 0, 1.0, lengths)).tolist()
    return unit
