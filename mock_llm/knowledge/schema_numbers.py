"""Numbers within the bounds of JSON schemas."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from mock_llm.draws import Draw
from mock_llm.knowledge.schema_reading import is_multiple

_SPAN = 100  # how far above its lower bound a number without an upper one may lie
_TRIES = 12  # for a multiple of which binary fractions say the same as decimal ones
_FAR = 2**63


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
        return inside and not at_open_end and (self.step is None or is_multiple(value, self.step))


def number(
    parts: Sequence[Mapping[str, Any]], found: object, draw: Draw, label: str, *, whole: bool
) -> int | float:
    """What was found if it is a number that all of some schemas allow, else one that is drawn.

    Raises ValueError if no number is allowed.
    """
    try:
        bounds = _bounds(parts, whole)
        if isinstance(found, int | float) and not isinstance(found, bool) and bounds.hold(found):
            value = found
        else:
            value = _drawn(bounds, draw, label)
        # Beyond 64 bits JSON is written with an exponent: it is a whole number all the same.
        if abs(value) >= _FAR:
            value = float(value)
            if not bounds.hold(value):
                raise ValueError(f"no number that JSON can hold fits {bounds} at {label}")
            return value
    except OverflowError as error:
        raise ValueError(
            f"the bounds at {label} are too far apart to count between them"
        ) from error
    return int(value) if isinstance(value, int) or value.is_integer() else value


def _bounds(parts: Sequence[Mapping[str, Any]], whole: bool) -> _Bounds:
    low, high = -math.inf, math.inf
    above, below = -math.inf, math.inf
    steps: list[float] = []
    for part in parts:
        low = max(low, part.get("minimum", low))
        high = min(high, part.get("maximum", high))
        above = max(above, part.get("exclusiveMinimum", above))
        below = min(below, part.get("exclusiveMaximum", below))
        if "multipleOf" in part:
            steps.append(part["multipleOf"])
    step: float | None = 1 if whole else None
    if len(steps) > 1 or (whole and steps and not isinstance(steps[0], int)):
        step = _common([*map(_exact, steps), *([Fraction(1)] if whole else [])])
    elif steps:
        step = steps[0]
    is_open = -math.inf < above >= low, math.inf > below <= high
    return _Bounds(max(low, above), min(high, below), *is_open, step)


def _exact(step: float) -> Fraction:
    return Fraction(repr(step))


def _common(steps: Sequence[Fraction]) -> float:
    """The smallest number that is a multiple of them all."""
    over = math.lcm(*(step.numerator for step in steps))
    under = math.gcd(*(step.denominator for step in steps))
    return over if under == 1 else over / under


def _drawn(bounds: _Bounds, draw: Draw, label: str) -> float:
    low, high, step = bounds.low, bounds.high, bounds.step
    span = max(_SPAN, 10 * (step or 0))
    if low == -math.inf:
        low = min(0, high - span) if high != math.inf else 0
    if high == math.inf:
        high = low + span
    if step is None:
        value = round(low + (high - low) * (0.1 + 0.8 * draw.uniform(label)), 2)
        value = value if bounds.hold(value) else (low + high) / 2
        if not bounds.hold(value):
            raise ValueError(f"no number fits {bounds} at {label}")
        return value
    first, last = _steps(low, step, math.ceil), _steps(high, step, math.floor)
    first += bounds.open_low and first * step <= low
    last -= bounds.open_high and last * step >= high
    if first > last:
        raise ValueError(f"no multiple of {step} fits {bounds} at {label}")
    made = [
        _times(first + draw.integer(f"{label}{'~' * attempt}", min(last - first + 1, 1000)), step)
        for attempt in range(1 if isinstance(step, int) or step.is_integer() else _TRIES)
    ]
    fitting = [value for value in made if bounds.hold(value)]
    if not fitting:
        raise ValueError(f"no multiple of {step} fits {bounds} at {label}")
    return next((value for value in fitting if (value / step).is_integer()), fitting[0])


def _steps(bound: float, step: float, rounded: Any) -> int:
    """How many steps a bound is from 0, exactly where whole numbers are all there is."""
    if isinstance(bound, int) and isinstance(step, int):
        return int(rounded(Fraction(bound, step)))
    return int(rounded(bound / step))


def _times(count: int, step: float) -> float:
    return count * step if isinstance(step, int) else float(count * _exact(step))
