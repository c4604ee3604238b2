import builtins
import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest

from mock_llm.model import embeddings


def similarity(a: str, b: str, dimensions: int = embeddings.COMPUTED) -> float:
    first, second = embeddings.embed([a, b], dimensions)
    return float(np.dot(first, second))


PARAPHRASES = [
    ("What does the tent weigh?", "How heavy is the tent?"),
    ("cheap laptop under $500", "an inexpensive notebook computer below 500 dollars"),
    ("Which headphones are the cheapest?", "What are your lowest priced headphones?"),
]
UNRELATED = "A recipe for tomato soup with basil"


@pytest.mark.parametrize(("one", "other"), PARAPHRASES)
@pytest.mark.parametrize("dimensions", [64, 256, 1000, 1536, 3072])
def test_paraphrases_are_close_and_unrelated_texts_far(
    one: str, other: str, dimensions: int
) -> None:
    assert similarity(one, other, dimensions) > 0.6
    assert similarity(one, UNRELATED, dimensions) < 0.35


@pytest.mark.parametrize("dimensions", [1, 64, 256, 257, 1536, 3072])
def test_every_vector_is_of_unit_length_the_empty_text_s_too(dimensions: int) -> None:
    vectors = embeddings.embed(["a tent", "", " ", "\x00", "日本語", "word " * 5000], dimensions)
    assert {len(vector) for vector in vectors} == {dimensions}
    assert np.linalg.norm(vectors.astype(float), axis=1) == pytest.approx(1.0)


def test_the_same_text_gets_the_same_vector_whatever_stands_beside_it() -> None:
    alone = embeddings.embed(["a red jacket"])[0]
    beside = embeddings.embed(["something much longer than a jacket", "a red jacket"])[1]
    assert alone == pytest.approx(beside, abs=1e-6)


def test_no_texts_give_no_vectors() -> None:
    assert len(embeddings.embed([])) == 0


@pytest.mark.parametrize("dimensions", [1536, 3072])
def test_longer_vectors_are_as_similar_as_the_computed_ones(dimensions: int) -> None:
    texts = ["a red jacket", "a warm coat", UNRELATED, "", "What does the tent weigh?"]
    computed = embeddings.embed(texts).astype(float)
    longer = embeddings.embed(texts, dimensions).astype(float)
    assert longer @ longer.T == pytest.approx(computed @ computed.T, abs=1e-6)
    assert len({tuple(each[at : at + 256]) for each in longer for at in range(0, 1536, 256)}) == 30


def test_a_longer_vector_that_is_cut_is_the_shorter_one() -> None:
    (longer,), (shorter,) = embeddings.embed(["a tent"], 3072), embeddings.embed(["a tent"], 700)
    assert longer[:700] / np.linalg.norm(longer[:700]) == pytest.approx(shorter, abs=1e-6)


@pytest.mark.parametrize("dimensions", [0, -1, 8193])
def test_an_impossible_number_of_dimensions_is_refused(dimensions: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 8192"):
        embeddings.embed(["a"], dimensions)


def test_without_the_package_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refuse(name: str, *args: object, **kwargs: object) -> ModuleType:
        if name == "wordllama":
            raise ImportError(name)
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    embeddings._model.cache_clear()
    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(embeddings.EmbeddingsUnavailable, match="wordllama"):
        embeddings.embed(["a"])


def test_loading_the_weights_leaves_the_programs_logging_alone() -> None:
    script = (
        "import logging; from mock_llm.model.embeddings import embed; embed(['a tent']); "
        "root = logging.getLogger(); print(root.level, root.handlers)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "30 []"
