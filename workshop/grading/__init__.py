"""Checks and grades an attendee's work."""

from __future__ import annotations

from workshop.grading.engine import Engine, Progress, grade
from workshop.grading.markers import checks
from workshop.grading.results import CheckResult, Result, TaskResult

__all__ = ["CheckResult", "Engine", "Progress", "Result", "TaskResult", "checks", "grade"]
