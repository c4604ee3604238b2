"""What the official SDKs say about themselves in a request's headers."""

_LONGEST_COUNT = 9  # digits: what SQLite and every JSON reader take
_MOST_SECONDS = 1e9


def retry_count(value: bytes) -> int | None:
    """How often the request was sent before; None if that is not said."""
    return int(value) if value.isdigit() and len(value) <= _LONGEST_COUNT else None


def seconds(value: bytes) -> float | None:
    """A timeout; None if it is no number of seconds that anybody waits."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if 0.0 <= number <= _MOST_SECONDS else None
