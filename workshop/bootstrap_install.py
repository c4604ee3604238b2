"""Fill an environment from a lock file, with uv where it is at hand and pip elsewhere."""

from __future__ import annotations

import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from workshop.bootstrap_display import Display
from workshop.bootstrap_environment import Environment, of_venv
from workshop.bootstrap_lock import installed, required
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop, command

# Settings of the caller's that would send the packages elsewhere or mix in other ones.
_UNWANTED = (
    "PYTHONHOME",
    "PYTHONPATH",
    "PIP_USER",
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_REQUIRE_HASHES",
)
_FETCHED = re.compile(r"^\s*(Collecting|Requirement already satisfied:)\s")
_TICK_S = 0.2


class InstallerFailed(Exception):
    """The installer gave up; the text is everything it printed."""


class Installer:
    """Runs uv or pip for one set-up, with a log of everything they print."""

    def __init__(self, clone: Clone, display: Display, again: str) -> None:
        self._clone = clone
        self._display = display
        self._again = again
        clone.setup_log.parent.mkdir(parents=True, exist_ok=True)
        clone.setup_log.write_text("", encoding="utf-8")

    def make_venv(self, uv: str | None) -> Environment:
        """A new `.venv`, emptied if it was there. Raises Stop without ensurepip and uv."""
        venv = self._clone.venv
        # Not sys.executable: that may be a link inside the very folder to be emptied.
        base = str(getattr(sys, "_base_executable", None) or sys.executable)
        self._display.say(f"Making {venv}")
        if can_make_venv():
            self._run([base, "-m", "venv", "--clear", str(venv)])
        elif uv is not None:
            if venv.exists():
                shutil.rmtree(str(venv))
            self._run([uv, "venv", "--quiet", "--python", base, str(venv)])
        else:
            raise no_venv(self._again)
        made = of_venv(venv)
        if made is None:
            raise InstallerFailed(f"{venv} was made and holds no Python that starts")
        return made

    def packages(self, target: Environment, lock: Path, uv: str | None) -> None:
        """Everything that `lock` names, hashes checked. Raises InstallerFailed."""
        wanted = required(lock.read_text(encoding="utf-8"))
        # The lock is complete, so nothing has to be resolved.
        options = ["--require-hashes", "--no-deps", "-r", str(lock)]
        self._run(_install(target, uv) + options, count=(set(wanted), target.folders))

    def project(self, target: Environment, uv: str | None) -> None:
        """The clone itself, as a link: `--require-hashes` refuses it beside the packages."""
        options = ["--no-deps", "--no-build-isolation", "--editable", str(self._clone.root)]
        self._run(_install(target, uv) + options)

    def _run(self, words: list[str], count: tuple[set[str], tuple[str, ...]] | None = None) -> None:
        environment = {key: value for key, value in os.environ.items() if key not in _UNWANTED}
        environment.setdefault("PIP_RETRIES", "3")
        environment.update(PIP_DISABLE_PIP_VERSION_CHECK="1", PIP_NO_INPUT="1", NO_COLOR="1")
        process = subprocess.Popen(
            words,
            cwd=str(self._clone.root),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        try:
            output = self._follow(process, count)
        except KeyboardInterrupt:
            process.terminate()
            process.wait()
            self._display.close()
            raise Stop(
                "set-up interrupted; what is already there is kept.",
                f"{command(self._again)} goes on from here",
                EXIT_INTERRUPTED,
            ) from None
        finally:
            self._display.close()
        with self._clone.setup_log.open("a", encoding="utf-8") as log:
            log.write(f"$ {' '.join(words)}\n{output}\n")
        if process.returncode != 0:
            raise InstallerFailed(output)

    def _follow(
        self, process: subprocess.Popen[str], count: tuple[set[str], tuple[str, ...]] | None
    ) -> str:
        """Everything the process prints until it ends, showing on the way how far it is."""
        assert process.stdout is not None
        lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=_pump, args=(process.stdout, lines), daemon=True).start()
        output: list[str] = []
        fetched = 0
        while True:
            try:
                line = lines.get(timeout=_TICK_S)
            except queue.Empty:
                line = ""
            if line is None:
                process.wait()
                return "".join(output)
            output.append(line)
            fetched += bool(_FETCHED.match(line))
            if count is not None:
                wanted, folders = count
                there = len(wanted.intersection(installed(folders))) if not line else 0
                self._show(fetched, there, len(wanted), quiet=bool(line))

    def _show(self, fetched: int, there: int, total: int, *, quiet: bool) -> None:
        if quiet:
            return
        if 0 < fetched < total:
            self._display.step("fetching packages", fetched, total)
        else:
            self._display.step("installing packages", there, total)


def can_make_venv() -> bool:
    """Whether this Python can make a virtual environment with pip inside (Debian's may not)."""
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        return False
    return True


def no_venv(again: str) -> Stop:
    """The message for a Python that Debian and Ubuntu have taken `venv` out of."""
    version = ".".join(str(number) for number in sys.version_info[:2])
    return Stop(
        f"this Python ({sys.executable}) cannot make virtual environments: its 'venv' and "
        "'ensurepip' modules come in a package of their own.",
        f"sudo apt install python{version}-venv && {command(again)}",
    )


def find_uv() -> str | None:
    """The uv on PATH, if any."""
    return shutil.which("uv")


def _install(target: Environment, uv: str | None) -> list[str]:
    if uv is not None:
        return [uv, "pip", "install", "--python", str(target.python)]
    # Bytecode of what is never imported would be a fifth of the environment.
    quiet = ["--no-compile", "--progress-bar", "off"]
    return [str(target.python), "-m", "pip", "install", *quiet]


def _pump(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)
