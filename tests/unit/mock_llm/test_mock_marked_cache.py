from concurrent.futures import ThreadPoolExecutor

import pytest

from mock_llm.clock import ManualClock
from mock_llm.model.marked_cache import FIVE_MINUTES, ONE_HOUR, Beginning, Cached, MarkedCache


def prompt(blocks, marks, tokens=100):
    """Beginnings of blocks with names, of so many tokens each; `marks` are lives by place."""
    return [
        Beginning(blocks[: place + 1].encode(), (place + 1) * tokens, marks.get(place))
        for place in range(len(blocks))
    ]


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def cache(clock):
    return MarkedCache(clock)


def test_what_is_marked_is_written_once_and_read_afterwards(cache):
    asked = prompt("abc", {1: FIVE_MINUTES})
    assert cache.use(asked, 100) == Cached(0, 200, 0)
    assert cache.use(asked, 100) == Cached(200, 0, 0)


def test_the_longest_beginning_that_is_kept_is_read(cache):
    cache.use(prompt("ab", {0: FIVE_MINUTES, 1: FIVE_MINUTES}), 100)
    assert cache.use(prompt("abcd", {3: FIVE_MINUTES}), 100) == Cached(200, 200, 0)
    assert cache.use(prompt("axcd", {3: FIVE_MINUTES}), 100) == Cached(100, 300, 0)
    assert cache.use(prompt("xbcd", {3: FIVE_MINUTES}), 100) == Cached(0, 400, 0)


def test_a_mark_is_compared_with_twenty_beginnings_and_no_more(cache):
    cache.use(prompt("a", {0: FIVE_MINUTES}), 100)
    far = "a" + "x" * 20
    assert cache.use(prompt(far[:-1], {19: FIVE_MINUTES}), 100).read == 100
    other = MarkedCache(ManualClock())
    other.use(prompt("a", {0: FIVE_MINUTES}), 100)
    assert other.use(prompt(far, {20: FIVE_MINUTES}), 100).read == 0


def test_tokens_are_written_for_as_long_as_the_mark_after_them_says(cache):
    asked = prompt("abcd", {1: ONE_HOUR, 3: FIVE_MINUTES})
    assert cache.use(asked, 100) == Cached(0, 200, 200)


def test_reading_renews_the_life_that_was_given(cache, clock):
    asked = prompt("a", {0: FIVE_MINUTES})
    hour = prompt("b", {0: ONE_HOUR})
    cache.use(asked, 100)
    cache.use(hour, 100)
    clock.advance(299)
    assert cache.use(asked, 100).read == 100
    clock.advance(299)
    assert cache.use(asked, 100).read == 100
    clock.advance(300)
    assert cache.use(asked, 100).read == 0
    assert cache.use(prompt("b", {0: FIVE_MINUTES}), 100).read == 100
    clock.advance(3599)
    assert cache.use(hour, 100).read == 100


def test_what_is_short_is_not_kept(cache):
    assert cache.use(prompt("ab", {0: FIVE_MINUTES}), 101) == Cached()
    assert cache.use(prompt("ab", {0: FIVE_MINUTES, 1: FIVE_MINUTES}), 101) == Cached(0, 200, 0)
    assert len(cache) == 1


def test_memory_is_bounded_and_what_was_not_used_for_longest_goes(clock):
    cache = MarkedCache(clock, kept=2)
    for name in "abac":
        cache.use(prompt(name, {0: FIVE_MINUTES}), 100)
    assert len(cache) == 2
    assert cache.use(prompt("a", {0: FIVE_MINUTES}), 100).read == 100
    assert cache.use(prompt("b", {0: FIVE_MINUTES}), 100).read == 0


def test_of_many_at_once_exactly_one_writes(cache):
    asked = prompt("abc", {2: FIVE_MINUTES})
    with ThreadPoolExecutor(8) as pool:
        used = list(pool.map(lambda _: cache.use(asked, 100), range(200)))
    assert used.count(Cached(0, 300, 0)) == 1
    assert used.count(Cached(300, 0, 0)) == 199
