"""What `workshop --help` shows: the commands by who needs them, examples, and where to start."""

from __future__ import annotations

import os
from dataclasses import dataclass

from workshop.bootstrap_stop import command


@dataclass(frozen=True)
class Command:
    """One subcommand.

    `needs` says what must be there before its module can run: "nothing" but the standard library,
    the course's "packages", or a full "set-up" (which is then made), of the lock `kind`.
    """

    name: str
    module: str
    group: str
    summary: str
    needs: str = "packages"
    kind: str = "course"


_START, _WORK, _TEACH = "Start", "While you work", "Teach and write"
_ALL = (
    Command("lab", "workshop.lab", _START, "open the course in JupyterLab", "set-up"),
    Command("doctor", "workshop.doctor", _START, "say what is wrong with this machine", "nothing"),
    Command("check", "workshop.grading.command", _WORK, "check your work on a part, at once"),
    Command("progress", "workshop.progress", _WORK, "show what you have solved so far"),
    Command("reset", "workshop.reset", _WORK, "start a part or a file afresh; a backup is kept"),
    Command("collect", "workshop.collect.command", _TEACH, "place a class's submissions"),
    Command("grade", "workshop.gradebook.command", _TEACH, "grade a class into the gradebook"),
    Command("test", "workshop.test_command", _TEACH, "run the project's tests", "set-up", "dev"),
    Command("build", "workshop.build.command", _TEACH, "make exercises/ and solutions/"),
    Command("lock", "workshop.lock_command", _TEACH, "compile the lock files anew"),
)
COMMANDS = {entry.name: entry for entry in _ALL}


def overview() -> str:
    """The text of `workshop --help`."""
    lines = [
        "Production ML: from a notebook that calls a model to a service you can run.",
        "",
        f"usage: {command('COMMAND [options]')}",
    ]
    for group in dict.fromkeys(entry.group for entry in _ALL):
        lines += ["", f"{group}:"]
        lines += [f"  {entry.name:<10} {entry.summary}" for entry in _ALL if entry.group == group]
    examples = {
        "lab": "open the lesson where you left off",
        "check 2 --hints": "check part 2, with a hint for what fails",
        "reset 2 --file service/cache.py": "one file afresh, yours kept as a backup",
    }
    lines += ["", "Examples:"]
    lines += [f"  {command(line):<53} {says}" for line, says in examples.items()]
    lines += [
        "",
        f"'{command('COMMAND --help')}' tells more about one of them.",
        "In a terminal of JupyterLab, 'workshop' alone is enough.",
    ]
    if os.environ.get("MOCK_LLM_URL"):
        lines += ["", "Next: workshop check 2"]
    else:
        lines += ["", f"Next: {command('lab')}"]
    return "\n".join(lines)
