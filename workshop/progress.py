"""`workshop progress`: what has been checked so far, and the points it earned."""

from __future__ import annotations

import argparse
import datetime
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from workshop.bootstrap_paths import this_clone
from workshop.bootstrap_stop import Stop, command
from workshop.files import read_json, write_json
from workshop.parts import Part, PartError, all_parts

SUMMARY = "show what you have solved so far, from the last checks"
EXAMPLES = ("progress", "progress --json")
_NOT_CHECKED = "not_checked"
_SHOWN = {"passed": "done", "partial": "partly", "failed": "not yet", "not_graded": "not graded"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A table, or JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON only")


def run(args: argparse.Namespace) -> int:
    """Print the table. Raises Stop if a part's description cannot be read."""
    clone = this_clone()
    try:
        parts = all_parts(clone.root)
    except PartError as error:
        raise Stop(f"{error}.", command("doctor")) from None
    overview = progress_of(parts, clone.work)
    if args.json:
        print(json.dumps({"parts": overview}, ensure_ascii=False, indent=2))
    else:
        _print_table(overview)
    return 0


def record(part_id: str, result_json: Mapping[str, object], *, work: Path | None = None) -> None:
    """Keep the newest check of a part in the workspace.

    `result_json` is `Result.to_json()`. A task that it does not name (`--task`), or that could
    not be graded this time, keeps what an earlier check said of it.
    """
    path = (work or this_clone().work) / result_path(part_id)
    tasks = {task["id"]: task for task in _tasks(read_json(path))}
    for task in _tasks(result_json):
        if task.get("state") != "not_graded" or task["id"] not in tasks:
            tasks[task["id"]] = task
    now = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    write_json(
        path,
        {
            **result_json,
            "tasks": list(tasks.values()),
            "points": _sum(tasks.values(), "points"),
            "max_points": _sum(tasks.values(), "max_points"),
            "checked_at": now,
        },
    )


def result_path(part_id: str) -> str:
    """Where the last check of a part is kept, below the workspace."""
    return f".workshop/results/{part_id}.json"


def progress_of(parts: Iterable[Part], work: Path) -> list[dict[str, Any]]:
    """Every part with its tasks: points, maximum and state ("not_checked" before any check)."""
    return [_part_progress(part, read_json(work / result_path(part.id))) for part in parts]


def _part_progress(part: Part, result: Mapping[str, object]) -> dict[str, Any]:
    checked = {task["id"]: task for task in _tasks(result)}
    tasks = [
        {
            "id": task.id,
            "title": task.title,
            "kind": task.kind,
            "points": checked.get(task.id, {}).get("points", 0),
            "max_points": task.points,
            "state": checked.get(task.id, {}).get("state", _NOT_CHECKED),
        }
        for task in part.tasks
    ]
    return {
        "part": part.id,
        "number": part.number,
        "title": part.title,
        "points": _sum(tasks, "points"),
        "max_points": _sum(tasks, "max_points"),
        "checked_at": result.get("checked_at"),
        "tasks": tasks,
    }


def _print_table(overview: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console()
    for part in overview:
        heading = f"Part {part['number']}: {part['title']}, {part['points']}/{part['max_points']}"
        table = Table(title=heading, title_justify="left", title_style="bold")
        for column in ("task", "what", "", "points", "state"):
            table.add_column(column, justify="right" if column == "points" else "left")
        for task in part["tasks"]:
            table.add_row(
                task["id"],
                task["title"],
                task["kind"],
                f"{task['points']}/{task['max_points']}",
                _SHOWN.get(task["state"], "not checked"),
            )
        console.print(table)
    console.print(f"Next: {_next_step(overview)}", markup=False, highlight=False)


def _next_step(overview: list[dict[str, Any]]) -> str:
    for part in overview:
        for task in part["tasks"]:
            if task["state"] != "passed":
                return command(f"check {part['number']} --task {task['id']} --hints")
    return "all is done; the stretch of the road after the course is yours"


def _tasks(result: Mapping[str, object]) -> list[dict[str, Any]]:
    tasks = result.get("tasks")
    if not isinstance(tasks, list):
        return []
    return [task for task in tasks if isinstance(task, dict) and "id" in task]


def _sum(tasks: Iterable[Mapping[str, Any]], key: str) -> Any:
    return sum(task.get(key, 0) for task in tasks)
