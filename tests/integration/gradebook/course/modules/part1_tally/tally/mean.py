"""Means."""


def mean(numbers: list[float]) -> float:
    """The mean of the numbers, of which there is one at least."""
    ### BEGIN SOLUTION
    return sum(numbers) / len(numbers)
    ### END SOLUTION
