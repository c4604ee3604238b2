"""All of the author's rules over the chosen parts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from logging import Logger
from pathlib import Path

from workshop.build.generate import generated
from workshop.build.rules import (
    coverage,
    drift,
    leaks,
    minutes,
    notebook,
    points,
    sources,
    wrong_answers,
)
from workshop.build.rules.finding import Finding, in_part
from workshop.parts import Part

_RULES = (points, minutes, notebook, coverage, sources, wrong_answers)


def source_findings(parts: Sequence[Part]) -> list[Finding]:
    """Broken rules about modules/ alone, without building."""
    return [finding for part in parts for rule in _RULES for finding in rule.findings(part)]


def check(
    parts: Sequence[Part],
    root: Path,
    *,
    whole_course: bool,
    log: Logger,
    on_part: Callable[[Part], None],
) -> list[Finding]:
    """Every broken rule, in the order of the rules. With `whole_course`, `parts` are all there
    are, and anything else in exercises/ and solutions/ is a finding too."""
    found = source_findings(parts)
    found += [finding for part in parts for finding in leaks.findings(part, root)]
    with generated(parts, root, log=log, on_part=on_part) as built:
        for part in parts:
            if part.id in built.failures:
                found.append(in_part(part, "", built.failures[part.id], "mend that first"))
            else:
                found += drift.findings([part], built.folder, root)
    if whole_course:
        found += drift.orphans(parts, root)
    return found
