"""Checks and grades an attendee's work: folder in, points per task with reasons out.

Who is trusted with what
------------------------
Three kinds of processes, none of which shares memory with another:

- the *engine* (`engine`), in the command or the notebook's kernel: adds up points;
- a *tests process* (`tests_process`) for each task: runs the part's own tests from modules/, serves
  the mock, and is the only source of outcomes;
- *workers* (`worker`), each with a fresh copy of the submission's allowed files: they run its code
  and return plain data for the calls that the tests make, and nothing else is read from them.

Held now: patches, prints, raises, exits and files of a submission reach no mark; it finds no test,
expected value or token in its memory, frames, arguments or environment; objects of its own
classes end at the channel; its time, memory, file size and output are bounded; a guardian ends it
with everything it started. The submission is read once, links are not followed.

Around the workers stand the walls of `isolation`: on Linux no file but Python's and their own, no
network but loopback, no other process, another user where grading runs as root. `Engine.walls()`
says which of them this system gives, and why not the others.
"""

from __future__ import annotations

from workshop.grading.cell import Score, check
from workshop.grading.engine import Engine, Progress, grade
from workshop.grading.markers import checks
from workshop.grading.results import CheckResult, Result, TaskResult

__all__ = [
    "CheckResult",
    "Engine",
    "Progress",
    "Result",
    "Score",
    "TaskResult",
    "check",
    "checks",
    "grade",
]
