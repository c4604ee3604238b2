"""Compare a lock file with what a Python has installed, with the standard library alone."""

from __future__ import annotations

import ast
import operator
import os
import platform
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

_PIN = re.compile(
    r"^(?P<name>[A-Za-z0-9._-]+)==(?P<version>[^\s;\\]+)\s*(?:;\s*(?P<marker>[^\\]+))?"
)
_COMPARE: dict[type, Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


def normalised(name: str) -> str:
    """A package's name as indexes compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def required(lock: str, surroundings: dict[str, str] | None = None) -> dict[str, str]:
    """Package to version, for the pins in the text `lock` that apply here.

    `surroundings` are the values of environment markers (PEP 508); those of this Python if absent.
    """
    values = markers_here() if surroundings is None else surroundings
    pins = (_PIN.match(line) for line in lock.splitlines())
    return {
        normalised(pin["name"]): pin["version"]
        for pin in pins
        if pin and (pin["marker"] is None or applies(pin["marker"].strip(), values))
    }


def installed(folders: Iterable[str] | None = None) -> dict[str, str]:
    """Package to version in the import path (or `folders`), the first found winning.

    Only whole installations count: installers write RECORD last.
    """
    found: dict[str, str] = {}
    for folder in sys.path if folders is None else folders:
        for info in sorted(Path(folder or ".").glob("*.dist-info")):
            name, _, version = info.name[: -len(".dist-info")].partition("-")
            if (info / "RECORD").is_file():
                found.setdefault(normalised(name), version)
    return found


def missing(
    lock: str, folders: Iterable[str] | None = None, surroundings: dict[str, str] | None = None
) -> list[str]:
    """What the text `lock` asks for and is not there in that very version, as "name==version"."""
    have = installed(folders)
    wanted = required(lock, surroundings)
    return [f"{name}=={version}" for name, version in wanted.items() if have.get(name) != version]


def markers_here() -> dict[str, str]:
    """The environment markers of PEP 508 that locks use, for the running Python."""
    return {
        "implementation_name": sys.implementation.name,
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_system": platform.system(),
        "python_full_version": platform.python_version(),
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def applies(marker: str, values: dict[str, str]) -> bool:
    """Whether an environment marker holds. Raises ValueError on one that is not understood."""
    return _truth(ast.parse(marker, mode="eval").body, values)


def _truth(node: ast.expr, values: dict[str, str]) -> bool:
    if isinstance(node, ast.BoolOp):
        outcomes = [_truth(part, values) for part in node.values]
        return all(outcomes) if isinstance(node.op, ast.And) else any(outcomes)
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        compare = _COMPARE.get(type(node.ops[0]))
        left, right = (_value(side, values) for side in (node.left, node.comparators[0]))
        if compare is not None:
            if "python" in ast.dump(node.left) and "version" in ast.dump(node.left):
                return compare(_numbers(left), _numbers(right))
            return compare(left, right)
    raise ValueError(f"environment marker not understood: {ast.dump(node)}")


def _value(node: ast.expr, values: dict[str, str]) -> str:
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    raise ValueError(f"environment marker not understood: {ast.dump(node)}")


def _numbers(version: str) -> list[int]:
    numbers = [int(number) for number in re.findall(r"\d+", version)[:3]]
    return numbers + [0] * (3 - len(numbers))
