"""Every check has a visible test, and no test names a check that is not there."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from workshop.build.files import walk
from workshop.build.rules.finding import Finding, in_part
from workshop.parts import DESCRIPTION, Part

VISIBLE, HIDDEN = "tests", "hidden_tests"


def findings(part: Part) -> Iterator[Finding]:
    known = {check for task in part.tasks for check in task.check_ids}
    seen: set[str] = set()
    for folder in (VISIBLE, HIDDEN):
        for file in walk(part.folder / folder):
            if file.suffix != ".py":
                continue
            name = f"{folder}/{file}"
            try:
                tests = list(_tests(part.folder / name))
            except SyntaxError as problem:
                yield in_part(part, name, f"it does not parse: {problem}", "mend it")
                continue
            for test, checks in tests:
                if not checks:
                    yield in_part(
                        part, name, f"{test} is evidence for no check", 'add @checks("task.check")'
                    )
                for check in sorted(checks - known):
                    yield in_part(
                        part, name, f"{test} names the unknown check {check!r}", "see part.toml"
                    )
                if folder == VISIBLE:
                    seen |= checks
    for check in sorted(known - seen):
        yield in_part(
            part,
            DESCRIPTION,
            f"check {check} has no visible test",
            f'write one: @checks("{check}")',
        )


def _tests(file: Path) -> Iterator[tuple[str, set[str]]]:
    """Each test function of a pytest file with the checks that its decorators name."""
    if not file.name.startswith("test_"):
        return
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith(
            "test_"
        ):
            yield node.name, set(_named(node.decorator_list))


def _named(decorators: list[ast.expr]) -> Iterator[str]:
    for decorator in decorators:
        if isinstance(decorator, ast.Call):
            function = decorator.func
            name = function.attr if isinstance(function, ast.Attribute) else ""
            name = function.id if isinstance(function, ast.Name) else name
            if name == "checks":
                for argument in decorator.args:
                    if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                        yield argument.value
