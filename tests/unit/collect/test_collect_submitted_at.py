"""nbgrader's time of a submission: known exactly, or not written."""

from __future__ import annotations

import datetime

import pytest

from workshop.collect.submitted_at import stamp, zone_of

MORNING = datetime.datetime(2026, 11, 20, 10, 11, 12)


@pytest.mark.parametrize(
    ("zone", "text"),
    [
        ("UTC", "2026-11-20 10:11:12 UTC"),
        ("Europe/Berlin", "2026-11-20 09:11:12 UTC"),
        ("+05:30", "2026-11-20 04:41:12 UTC"),
        ("-0800", "2026-11-20 18:11:12 UTC"),
    ],
)
def test_a_platforms_time_in_a_known_zone_becomes_utc(zone: str, text: str) -> None:
    assert stamp(MORNING, zone_of(zone)) == text


def test_without_a_time_or_a_zone_nothing_is_known() -> None:
    assert stamp(MORNING, None) is None
    assert stamp(None, datetime.UTC) is None


@pytest.mark.parametrize(
    "local", [datetime.datetime(2026, 10, 25, 2, 30), datetime.datetime(2026, 3, 29, 2, 30)]
)
def test_the_hour_that_a_change_of_clocks_repeats_or_leaves_out_is_not_known(
    local: datetime.datetime,
) -> None:
    assert stamp(local, zone_of("Europe/Berlin")) is None


@pytest.mark.parametrize("name", ["", "Nowhere/Town", "../etc/passwd", "/etc/passwd", "CET+1h"])
def test_a_zone_that_does_not_exist_is_said(name: str) -> None:
    with pytest.raises(ValueError, match="there is no time zone"):
        zone_of(name)
