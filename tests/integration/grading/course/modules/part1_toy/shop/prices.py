"""Adds up."""


def total(prices: list[int]) -> int:
    """The sum of the prices."""
    ### BEGIN SOLUTION
    return sum(prices)
    ### END SOLUTION
