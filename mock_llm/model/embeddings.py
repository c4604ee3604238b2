"""Vectors that mean something, offline: paraphrases are close, unrelated texts far apart.

The weights are those that ship in wordllama's wheel (19 MB, numpy only); they are loaded on first
use, which takes under a second. They make 256 dimensions. Longer vectors, as the providers' models
have, are blocks of 256: the first is what was computed, each further one the same numbers in
another order and with other signs. All cosine similarities of whole vectors are exactly those of
the 256, whatever the length; a vector cut at 256 is the computed one.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from wordllama.inference import WordLlamaInference

COMPUTED = 256
MOST_DIMENSIONS = 8192


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


def embed(texts: Sequence[str], dimensions: int = COMPUTED) -> npt.NDArray[np.float32]:
    """One vector of unit length for each text, a row each.

    A number of dimensions that is no multiple of 256 keeps the first ones and scales to unit length
    again; the first 256 were trained so that the foremost carry the most. A text without any token
    (the empty string) gets a fixed vector.

    Raises ValueError if dimensions is not between 1 and MOST_DIMENSIONS, EmbeddingsUnavailable on
    a platform without wordllama.
    """
    if not 1 <= dimensions <= MOST_DIMENSIONS:
        raise ValueError(f"dimensions must be between 1 and {MOST_DIMENSIONS}, got {dimensions}")
    model = _model()
    # A blank stands in for nothing: the mean over no tokens would be no number.
    return _unit(model.embed([text or " " for text in texts] or [" "])[: len(texts)], dimensions)


def _unit(made: object, size: int) -> npt.NDArray[np.float32]:
    import numpy as np

    computed = np.array(made, dtype=np.float32)
    computed[:, 0] = np.where(computed.any(axis=1), computed[:, 0], 1.0)
    order, signs = _blocks(size)
    vectors: npt.NDArray[np.float32] = np.ascontiguousarray(computed[:, order] * signs)
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors, dtype=np.float64))
    vectors[:, 0] = np.where(lengths == 0, 1.0, vectors[:, 0])
    vectors /= np.where(lengths == 0, 1.0, lengths)[:, np.newaxis]
    return vectors


@lru_cache(maxsize=16)
def _blocks(size: int) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.float32]]:
    """Which of the computed numbers stands at each place, and its sign.

    Block 0 is as computed. An odd factor modulo 256 is a permutation, so every block is one of the
    computed numbers with signs: of the same length, at the same angles.
    """
    import numpy as np

    place = np.arange(size)
    block, own = place // COMPUTED, place % COMPUTED
    order = (own * (2 * block + 1) + 97 * block) % COMPUTED
    bits = own & (block * 37)
    odd = np.zeros(size, dtype=bool)
    for shift in range(8):
        odd ^= (bits >> shift & 1).astype(bool)
    return order, np.where(odd, -1.0, 1.0).astype(np.float32)
