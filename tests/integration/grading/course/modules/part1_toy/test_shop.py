"""The attendee's tests."""

from shop.prices import total


def test_prices_add_up() -> None:
    ### BEGIN SOLUTION
    assert total([1, 2]) == 3
    ### END SOLUTION
