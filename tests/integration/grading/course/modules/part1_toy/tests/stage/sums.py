"""What the checks call."""

from shop.prices import total


def add(prices: list[int]) -> int:
    """Through the submission."""
    return total(prices)
