"""Spans of time, once or again and again."""

import math
from dataclasses import dataclass

from mock_llm.yamlfile import Table

KEYS = ("from_s", "until_s", "repeat_s")


@dataclass(frozen=True, slots=True)
class Window:
    """From one moment until before another; with `repeat_s` again so often. Seconds.

    All are counted from when the rule came into force: for a scenario's rules, when it began.
    """

    from_s: float = 0.0
    until_s: float = math.inf
    repeat_s: float | None = None

    def holds(self, moment: float) -> bool:
        """Whether a moment lies in the window."""
        if self.repeat_s is not None and moment >= self.from_s:
            moment = self.from_s + (moment - self.from_s) % self.repeat_s
        return self.from_s <= moment < self.until_s

    def next_edge(self, moment: float) -> float:
        """When the window opens or closes next after a moment; infinity if it never does."""
        if moment < self.from_s:
            return self.from_s
        if self.repeat_s is None:
            return self.until_s if moment < self.until_s else math.inf
        begun = self.from_s + (moment - self.from_s) // self.repeat_s * self.repeat_s
        closes = begun + (self.until_s - self.from_s)
        return closes if moment < closes else begun + self.repeat_s

    def to_dict(self) -> dict[str, float]:
        """As a scenario file writes it."""
        given: dict[str, float] = {"from_s": self.from_s} if self.from_s else {}
        if self.until_s != math.inf:
            given["until_s"] = self.until_s
        if self.repeat_s is not None:
            given["repeat_s"] = self.repeat_s
        return given


def parse_window(table: Table) -> Window:
    """The window in a table, among whatever else is there.

    Raises:
        SettingError: it never opens, or is longer than the time after which it repeats.
    """
    opens = table.number("from_s", 0.0)
    closes = table.number("until_s") if "until_s" in table else math.inf
    repeats = table.number("repeat_s") if "repeat_s" in table else None
    if closes <= opens:
        raise table.fail("until_s", f"must be later than from_s ({opens:g}), got {closes:g}")
    if repeats is not None and not closes - opens <= repeats:
        raise table.fail("repeat_s", "must be at least as long as from from_s to until_s")
    return Window(opens, closes, repeats)
