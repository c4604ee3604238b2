"""The calendar of a lab's clock: days in UTC."""

from datetime import date
from functools import lru_cache

_DAY_S = 86_400
_EPOCH = date(1970, 1, 1).toordinal()


def date_of(wall: float) -> date:
    """The date of a moment, given in seconds since 1970."""
    return _day(int(wall // _DAY_S))[0]


def day_of(wall: float) -> str:
    """The same, written as 2026-11-22."""
    return _day(int(wall // _DAY_S))[1]


@lru_cache(maxsize=64)
def _day(number: int) -> tuple[date, str]:
    day = date.fromordinal(_EPOCH + number)
    return day, day.isoformat()
