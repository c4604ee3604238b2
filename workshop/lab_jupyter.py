"""How JupyterLab is started: quiet, offline, local, and at the right folder."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from urllib.parse import quote

from workshop.bootstrap_paths import Clone
from workshop.files import write_json
from workshop.lab_environment import jupyter_folders
from workshop.lab_ports import HOST

# nbgrader's own pages belong to the instructor; the classic notebook and the language server
# only cost start-up time.
_UNUSED = ("notebook", "notebook_shim", "jupyter_lsp")
_NBGRADER = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.validate_assignment",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.course_list",
)


def jupyter_words(root: Path, port: int) -> list[str]:
    """The module and arguments that serve the folder `root` on `port`."""
    words = [
        "jupyterlab",
        f"--ServerApp.ip={HOST}",
        f"--ServerApp.port={port}",
        "--ServerApp.port_retries=0",
        f"--ServerApp.root_dir={root}",
        "--ServerApp.open_browser=False",
        "--ServerApp.answer_yes=True",
        # Both ask the network for something.
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
        "--LabApp.news_url=",
        "--LabApp.extension_manager=readonly",
    ]
    shell = os.environ.get("SHELL") or shutil.which("bash") or "/bin/sh"
    if os.name != "nt":
        # Without this a terminal gets a login shell, whose profile puts PATH back to the
        # system's, and `workshop` is no longer found in it.
        words.append(f"--ServerApp.terminado_settings={json.dumps({'shell_command': [shell]})}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # Containers run as root; it listens on loopback only, and behind a token.
        words.append("--ServerApp.allow_root=True")
    return words


def write_settings(clone: Clone, *, instructor: bool) -> None:
    """JupyterLab's settings for this start, in the clone's own configuration folder."""
    config = jupyter_folders(clone, instructor=instructor)["JUPYTER_CONFIG_DIR"]
    enabled = dict.fromkeys(_UNUSED, False) | dict.fromkeys(_NBGRADER, instructor)
    write_json(
        config / "jupyter_server_config.json", {"ServerApp": {"jpserver_extensions": enabled}}
    )
    disabled = {
        "@jupyterlab/apputils-extension:announcements": True,
        "@jupyterlab/extensionmanager-extension": True,
        "@jupyter/nbgrader": not instructor,
        "@jupyter-notebook/lab-extension": True,
    }
    write_json(config / "labconfig" / "page_config.json", {"disabledExtensions": disabled})
    write_json(
        config / "labconfig" / "default_setting_overrides.json",
        {
            "@jupyterlab/apputils-extension:notification": {
                "checkForUpdates": False,
                "fetchNews": "false",
            }
        },
    )


def lesson_url(port: int, token: str, lesson: str | None) -> str:
    """The address that opens `lesson` (a path below JupyterLab's root), or JupyterLab itself."""
    path = f"/lab/tree/{quote(lesson)}" if lesson else "/lab"
    return f"http://{HOST}:{port}{path}?token={token}"
