"""A newcomer's clone: what git would hand out, an empty home folder, a bare Python."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BARE_PYTHON = Path(getattr(sys, "_base_executable", sys.executable))
# How this machine reaches a package index, which a newcomer's machine would know too.
_INDEX_SETTINGS = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_")
_OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


class FreshClone:
    """A copy of the project's files in `folder`/clone, and how to run commands in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "clone"
        self.home = folder / "home"
        self.home.mkdir(parents=True)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split("\0")
        for name in filter(None, listed):
            if (ROOT / name).is_file():
                target = self.root / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        # A python3 of its own name in a folder without anything else, uv and activated
        # environments included.
        self.tools = folder / "tools"
        self.tools.mkdir()
        (self.tools / "python3").symlink_to(BARE_PYTHON)

    def environment(self) -> dict[str, str]:
        env = {key: value for key, value in os.environ.items() if key.startswith(_INDEX_SETTINGS)}
        path = os.pathsep.join([str(self.tools), "/usr/bin", "/bin"])
        return {**env, "PATH": path, "HOME": str(self.home), "LANG": "C.UTF-8"}

    def run(self, words: list[str], *, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words,
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def start_and_stop_the_lab(self, words: list[str], urls: list[str]) -> str:
        """Run a `lab` command until it says that it is ready, ask `urls`, then press Ctrl-C.

        Returns what it printed. Fails if it does not get ready, answer, or end.
        """
        process = subprocess.Popen(
            words,
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
            assert process.poll() is None, said
            assert [answers(url) for url in urls] == [True] * len(urls), said
            os.killpg(process.pid, signal.SIGINT)
            said += process.stdout.read()
            assert process.wait(timeout=30) == 0, said
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        assert not any(answers(url) for url in urls), "something still answers after Ctrl-C"
        return said


def answers(url: str) -> bool:
    """Whether something replies at `url`, with whatever status."""
    try:
        with _OPEN(url, timeout=5):
            return True
    except urllib.error.HTTPError as refused:
        refused.close()
        return True
    except OSError:
        return False


def size_on_disk(folder: Path) -> int:
    """Bytes that the files below `folder` take, a file with two names counted once."""
    blocks = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        blocks[status.st_ino] = status.st_blocks * 512
    return sum(blocks.values())
