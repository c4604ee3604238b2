"""Who is in a class and not in its grades, or the other way round."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Beside:
    """Ids, in order: on the class list without a submission; handed in, but `collect` could not
    place it, with the reason; in place, but not on the class list."""

    missing: list[str] = field(default_factory=list)
    not_collected: dict[str, str] = field(default_factory=dict)
    not_listed: list[str] = field(default_factory=list)
