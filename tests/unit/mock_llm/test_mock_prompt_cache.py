from hypothesis import given
from hypothesis import strategies as st

from mock_llm.model import tokens
from mock_llm.model.prompt_cache import LEAST, STEP, PromptCache

WORDS = " ".join(str(n) for n in range(1500))


@given(st.integers(0, len(WORDS)), st.text(max_size=300))
def test_no_more_is_cached_than_is_common(length, end):
    cache = PromptCache()
    assert cache.use("m", WORDS) == 0
    prompt = WORDS[:length] + end
    cached = cache.use("m", prompt)
    pieces, known = tokens.pieces(prompt), tokens.pieces(WORDS)
    common = next(
        (i for i, (a, b) in enumerate(zip(pieces, known, strict=False)) if a != b),
        min(len(pieces), len(known)),
    )
    assert cached == (common // STEP * STEP if common >= LEAST else 0)


def test_models_do_not_share_prompts():
    cache = PromptCache()
    cache.use("a", WORDS)
    assert cache.use("b", WORDS) == 0
    assert cache.use("a", WORDS) > 0


def test_memory_is_bounded():
    cache = PromptCache(remembered=30)
    for n in range(20):
        cache.use("m", f"{n} {WORDS}")
    assert len(cache._seen) <= 30
