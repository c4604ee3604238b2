import math

import pytest

from mock_llm.injected.windows import Window, parse_window
from mock_llm.yamlfile import SettingError, Table


@pytest.mark.parametrize(
    ("window", "inside", "outside"),
    [
        (Window(), [0, 1e9], []),
        (Window(10), [10, 1e6], [0, 9.99]),
        (Window(10, 20), [10, 19.99], [9, 20, 30]),
        (Window(60, 90, 120), [60, 89, 180, 209, 60 + 120 * 50], [0, 59, 90, 150, 210]),
        (Window(0, 30, 30), [0, 29, 30, 1000], []),
    ],
)
def test_a_window_holds_from_its_opening_until_before_its_end(window, inside, outside):
    assert all(window.holds(moment) for moment in inside)
    assert not any(window.holds(moment) for moment in outside)


@pytest.mark.parametrize(
    ("window", "moment", "edge"),
    [
        (Window(), 5, math.inf),
        (Window(10, 20), 0, 10),
        (Window(10, 20), 10, 20),
        (Window(10, 20), 20, math.inf),
        (Window(60, 90, 120), 61, 90),
        (Window(60, 90, 120), 90, 180),
        (Window(60, 90, 120), 185, 210),
    ],
)
def test_a_window_knows_when_it_opens_or_closes_next(window, moment, edge):
    assert window.next_edge(moment) == edge


@pytest.mark.parametrize("window", [Window(), Window(5), Window(0, 3), Window(60, 90, 120)])
def test_a_window_survives_being_written_down(window):
    assert parse_window(Table(window.to_dict(), "here")) == window


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"from_s": 5, "until_s": 5}, "until_s: must be later than from_s"),
        ({"until_s": 9, "repeat_s": 8}, "repeat_s: must be at least as long"),
        ({"repeat_s": 8}, "repeat_s: must be at least as long"),
        ({"from_s": -1}, "from_s: must be 0 or more"),
        ({"until_s": math.inf}, "until_s: must be 0 or more"),
    ],
)
def test_a_window_that_makes_no_sense_is_refused(values, complaint):
    with pytest.raises(SettingError, match=f"here: {complaint}"):
        parse_window(Table(values, "here"))
