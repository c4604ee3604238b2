"""Numbers within the bounds of a JSON schema."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from mock_llm.draws import Draw

_SPAN = 100.0  # how far above its lower bound a number without an upper one may lie


@dataclass(frozen=True)
class _Bounds:
    low: float
    high: float
    open_low: bool
    open_high: bool
    step: float | None

    def hold(self, value: float) -> bool:
        inside = self.low <= value <= self.high
        at_open_end = (self.open_low and value == self.low) or (
            self.open_high and value == self.high
        )
        return inside and not at_open_end and (self.step is None or _multiple(value, self.step))


def number(
    schema: Mapping[str, object], found: object, draw: Draw, label: str, *, whole: bool
) -> int | float:
    """What was found if it is a number that the schema allows, else one that is drawn.

    Raises ValueError if no number is allowed.
    """
    try:
        bounds = _bounds(schema, whole)
        if isinstance(found, int | float) and not isinstance(found, bool) and bounds.hold(found):
            value = float(found)
        else:
            value = _drawn(bounds, draw, label)
    except OverflowError as error:
        raise ValueError(
            f"the bounds at {label} are too far apart to count between them"
        ) from error
    # Beyond 64 bits JSON is written with an exponent: it is a whole number all the same.
    return int(value) if value.is_integer() and abs(value) < 2**63 else value


def _bounds(schema: Mapping[str, object], whole: bool) -> _Bounds:
    def given(name: str, default: float) -> float:
        value = schema.get(name)
        return float(value) if isinstance(value, int | float) else default

    low = max(given("minimum", -math.inf), given("exclusiveMinimum", -math.inf))
    high = min(given("maximum", math.inf), given("exclusiveMaximum", math.inf))
    step = cast("float | None", schema.get("multipleOf"))
    if whole:
        step = step if step and float(step).is_integer() else 1
    open_low = "exclusiveMinimum" in schema and low == given("exclusiveMinimum", math.nan)
    open_high = "exclusiveMaximum" in schema and high == given("exclusiveMaximum", math.nan)
    return _Bounds(low, high, open_low, open_high, step)


def _drawn(bounds: _Bounds, draw: Draw, label: str) -> float:
    low, high, step = bounds.low, bounds.high, bounds.step
    span = max(_SPAN, 10 * (step or 0))
    if low == -math.inf:
        low = min(0.0, high - span) if high != math.inf else 0.0
    if high == math.inf:
        high = low + span
    if step is None:
        value = round(low + (high - low) * (0.1 + 0.8 * draw.uniform(label)), 2)
        value = value if bounds.hold(value) else (low + high) / 2
        if not bounds.hold(value):
            raise ValueError(f"no number fits {bounds} at {label}")
        return value
    first, last = math.ceil(low / step), math.floor(high / step)
    first += bounds.open_low and first * step <= low
    last -= bounds.open_high and last * step >= high
    if first > last:
        raise ValueError(f"no multiple of {step} fits {bounds} at {label}")
    return float((first + draw.integer(label, min(last - first + 1, 1000))) * step)


def _multiple(value: float, step: float) -> bool:
    return math.isclose(value / step, round(value / step), abs_tol=1e-9)
