"""What notebooks and terminals of the lab find in their environment."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from workshop.bootstrap_paths import Clone

API_KEY = "sk-lab-workshop"
_LOOPBACK = ("127.0.0.1", "localhost")


def lab_environment(
    clone: Clone, mock_url: str, inherited: Mapping[str, str], *, instructor: bool
) -> dict[str, str]:
    """`inherited` plus the address of the mock, the course's scripts and JupyterLab's folders."""
    env = dict(inherited)
    env["MOCK_LLM_URL"] = mock_url
    env["OPENAI_BASE_URL"] = f"{mock_url}/v1"
    env["OPENAI_API_KEY"] = API_KEY
    env["WORKSHOP_ROOT"] = str(clone.root)
    # A client that honours HTTP_PROXY would send loopback calls to the proxy.
    env["NO_PROXY"] = env["no_proxy"] = without_proxy(inherited)
    scripts = sysconfig.get_path("scripts")
    earlier = [part for part in env.get("PATH", os.defpath).split(os.pathsep) if part != scripts]
    env["PATH"] = os.pathsep.join([scripts, *earlier])
    folders = jupyter_folders(clone, instructor=instructor)
    env.update({name: str(folder) for name, folder in folders.items()})
    env["JUPYTER_PREFER_ENV_PATH"] = "1"
    return env


def jupyter_folders(clone: Clone, *, instructor: bool) -> dict[str, Path]:
    """Jupyter's own folders, inside the clone.

    A kernel, an extension or a password from the attendee's home would otherwise take part.
    Attendee and instructor have their own each: JupyterLab remembers which files were open.
    """
    base = clone.state / ("jupyter-instructor" if instructor else "jupyter")
    return {
        "JUPYTER_CONFIG_DIR": base / "config",
        "JUPYTER_DATA_DIR": base / "data",
        "JUPYTER_RUNTIME_DIR": base / "runtime",
        "IPYTHONDIR": base / "ipython",
    }


def without_proxy(environment: Mapping[str, str]) -> str:
    """The hosts to reach directly: those the environment names, and loopback."""
    named = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    hosts = [host.strip() for host in named.split(",") if host.strip()]
    return ",".join([*hosts, *(host for host in _LOOPBACK if host not in hosts)])
