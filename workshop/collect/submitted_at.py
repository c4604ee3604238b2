"""When something was handed in, as nbgrader stores it, if that is really known."""

from __future__ import annotations

import datetime
import zoneinfo

FILE = "timestamp.txt"


def zone_of(text: str) -> datetime.tzinfo:
    """A zone by its name (Europe/Berlin) or offset (+01:00). Raises ValueError."""
    try:
        offset = datetime.datetime.strptime(text, "%z").tzinfo
    except ValueError:
        offset = None
    if offset is not None:
        return offset
    try:
        return zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, OSError, ValueError):
        raise ValueError(f"there is no time zone {text!r}") from None


def stamp(submitted: datetime.datetime | None, zone: datetime.tzinfo | None) -> str | None:
    """nbgrader's text for a platform's local time. None if it or its zone is not known.

    It is not known either in the hour that a change of clocks repeats or leaves out.
    """
    if submitted is None or zone is None:
        return None
    early, late = (submitted.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        return None
    return early.astimezone(datetime.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
