"""Sums."""


def total(numbers: list[int]) -> int:
    """The sum of the numbers."""
    ### BEGIN SOLUTION
    return sum(numbers)
    ### END SOLUTION
