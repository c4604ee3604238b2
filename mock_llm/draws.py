"""Chance that anyone can repeat: every draw is a hash of what it is about.

A generator that hands out numbers in order gives other numbers to each request as soon as two of
them arrive the other way round. Here a draw depends on the seed, on what the request is (`parts`)
and on what is being drawn (`label`), so that eight threads get the same outcomes as one.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_MANTISSA = 1 << 53  # the integers that a float holds exactly
_Z99 = 2.3263478740408408  # the standard normal's 99th percentile


class Draw:
    """Deterministic draws for one subject.

    Args:
        seed: the lab's seed; another seed gives other outcomes for the same subject.
        parts: what the draws are about, for example a rule's name and a request's digest. The
            same parts in the same order give the same draws on every machine and Python.
    """

    __slots__ = ("_subject",)

    def __init__(self, seed: int, *parts: str) -> None:
        self._subject = b"".join((str(seed).encode(), *map(_framed_part, parts)))

    def uniform(self, label: str) -> float:
        """A number in [0, 1), evenly distributed over labels."""
        return (self._bits(label) >> 11) / _MANTISSA

    def chance(self, label: str, probability: float) -> bool:
        """Whether something happens that has this probability."""
        return self.uniform(label) < probability

    def integer(self, label: str, n: int) -> int:
        """A whole number in [0, n).

        Raises:
            ValueError: n is less than 1.
        """
        if n < 1:
            raise ValueError(f"cannot draw one of {n} numbers")
        return self._bits(label) % n

    def choice(self, label: str, options: Sequence[T]) -> T:
        """One of `options`, each as likely.

        Raises:
            ValueError: there are no options.
        """
        return options[self.integer(label, len(options))]

    def normal(self, label: str) -> float:
        """A standard normal number, by the Box-Muller transform."""
        radius = math.sqrt(-2.0 * math.log(1.0 - self.uniform(f"{label}/radius")))
        return radius * math.cos(2.0 * math.pi * self.uniform(f"{label}/angle"))

    def lognormal(self, label: str, median: float, p99: float) -> float:
        """A log-normal number with the given median and 99th percentile, in their unit.

        A median of 0 gives 0, and p99 equal to the median gives the median.

        Raises:
            ValueError: the median is negative or above p99.
        """
        if not 0.0 <= median <= p99:
            raise ValueError(f"need 0 <= median <= p99, got median {median} and p99 {p99}")
        if median == 0.0 or median == p99:
            return median
        return median * math.exp(spread(median, p99) * self.normal(label))

    def _bits(self, label: str) -> int:
        digest = blake2b(self._subject + _framed_label(label), digest_size=8).digest()
        return int.from_bytes(digest, "big")


def spread(median: float, p99: float) -> float:
    """The standard deviation of ln X for a log-normal X with this median and 99th percentile.

    ln X is normal with mean ln(median), and ln(p99) lies 2.326 standard deviations above it.
    """
    return math.log(p99 / median) / _Z99


def _framed(part: str) -> bytes:
    """The part behind its length, so that ("ab", "c") and ("a", "bc") are different subjects."""
    encoded = part.encode("utf-8", "surrogatepass")
    return len(encoded).to_bytes(8, "big") + encoded


_framed_label = lru_cache(maxsize=4096)(_framed)


def _framed_part(part: str) -> bytes:
    """The same; short parts are names and small numbers, which come again and again."""
    return _framed_label(part) if len(part) < 16 else _framed(part)
