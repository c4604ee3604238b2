"""Asks the check server of a running lab, if there is one (see check_server)."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from workshop.bootstrap_paths import Clone
from workshop.files import read_json
from workshop.grading.check_server import address_file
from workshop.grading.deadline import MOST_TIMES
from workshop.grading.engine import BUDGET_S, OnProgress, Progress
from workshop.grading.launch import can_fork_warm
from workshop.grading.results import Result
from workshop.parts import Part

_CONNECT_S = 2.0


def ask_lab(
    clone: Clone,
    part: Part,
    folder: Path,
    tasks: Collection[str] | None,
    on_progress: OnProgress | None = None,
) -> Result | None:
    """The result, or None if no lab runs, it is busy with another check, or it ended meanwhile."""
    address = read_json(address_file(clone))
    port, token = address.get("port"), address.get("token")
    if not isinstance(port, int) or not isinstance(token, str) or not can_fork_warm():
        return None
    asked = {
        "part": part.id,
        "folder": str(folder.resolve()),
        "tasks": list(tasks) if tasks is not None else None,
    }
    # http.client knows no proxies, and needs none on loopback.
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_CONNECT_S)
    try:
        connection.connect()
        # At most that long does the server work before it says what it has.
        connection.sock.settimeout(MOST_TIMES * BUDGET_S + 10)
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/check", json.dumps(asked), headers)
        reply = connection.getresponse()
        if reply.status != http.client.OK:
            return None
        for line in reply:
            message: dict[str, Any] = json.loads(line)
            if "result" in message:
                return Result.from_plain(message["result"])
            if on_progress is not None:
                on_progress(Progress(**message["progress"]))
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError):
        pass
    finally:
        with contextlib.suppress(OSError):
            connection.close()
    return None
