"""What `workshop doctor` looks at; each check takes the clone and returns one finding."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from workshop.bootstrap import find_prepared
from workshop.bootstrap_environment import activated, of_venv, running
from workshop.bootstrap_failure import NEEDED_BYTES
from workshop.bootstrap_install import can_make_venv, find_uv
from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import command
from workshop.lab_browser import can_open
from workshop.lab_environment import without_proxy
from workshop.lab_ports import is_free
from workshop.workspace_manifest import Manifest, manifest_path

_PORTS = {8100: "mock LLM", 8888: "JupyterLab"}
_PROXIES = ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


@dataclass(frozen=True)
class Finding:
    """`state` is "ok", "note" (works, but good to know) or "wrong"; `step` is what to type."""

    subject: str
    state: str
    says: str
    step: str = ""


def python(clone: Clone) -> Finding:
    """The running Python; that it is supported was settled before this runs."""
    return Finding("python", "ok", f"{platform.python_version()} at {sys.executable}")


def system(clone: Clone) -> Finding:
    """Operating system and processor: some packages have builds for the common ones only."""
    here = f"{platform.system()} {platform.machine()}"
    if platform.system() == "Linux" and platform.machine() == "aarch64":
        says = f"{here}: no package of word vectors for it, so mock_llm serves no embeddings"
        return Finding("system", "note", says)
    return Finding("system", "ok", here)


def venv_module(clone: Clone) -> Finding:
    """Whether an environment could be made."""
    if can_make_venv():
        return Finding("venv", "ok", "this Python can make virtual environments")
    if find_uv():
        return Finding("venv", "ok", "uv makes the virtual environment")
    version = ".".join(platform.python_version_tuple()[:2])
    step = f"sudo apt install python{version}-venv"
    return Finding("venv", "wrong", "this Python lacks 'venv' or 'ensurepip'", step)


def packages(clone: Clone) -> Finding:
    """Installed versions against the lock."""
    if not clone.lock("course").is_file():
        return Finding("packages", "wrong", "requirements.lock is not there", "git checkout -- .")
    ready = find_prepared(clone)
    if ready is not None:
        return Finding("packages", "ok", f"as the lock says, in {ready.parent.parent}")
    env = running() if activated() else of_venv(clone.venv)
    if env is None:
        broken = clone.venv.exists()
        says = "half-made .venv" if broken else "not set up yet"
        return Finding("packages", "wrong" if broken else "note", says, command("lab"))
    gone = env.missing(clone.lock("course"))
    if gone:
        says = f"{len(gone)} packages are not as the lock says, such as {gone[0]}"
        return Finding("packages", "wrong", says, command("lab"))
    return Finding(
        "packages", "wrong", "the environment is linked to another clone", command("lab")
    )


def disk(clone: Clone) -> Finding:
    """Room for the set-up, where there is none yet."""
    free = shutil.disk_usage(clone.root).free
    says = f"{free / 1e9:.1f} GB free at {clone.root}"
    if free < NEEDED_BYTES and find_prepared(clone) is None:
        return Finding("disk", "wrong", f"{says}; the set-up needs 1 GB", "free some space")
    return Finding("disk", "ok", says)


def writing(clone: Clone) -> Finding:
    """Whether the clone's folder takes new files."""
    try:
        with tempfile.TemporaryFile(dir=clone.root):
            pass
    except OSError as error:
        step = f"clone into a folder of yours, or make {clone.root} writable"
        return Finding("writing", "wrong", f"{clone.root}: {error.strerror}", step)
    return Finding("writing", "ok", f"{clone.root} is writable")


def ports(clone: Clone) -> Finding:
    """The usual ports; a taken one is no harm, the lab takes the next."""
    taken = [f"{port} ({name})" for port, name in _PORTS.items() if not is_free(port)]
    if taken:
        says = f"taken: {', '.join(taken)}; the lab uses the next free ones"
        return Finding("ports", "note", says)
    return Finding("ports", "ok", "8100 and 8888 are free")


def loopback(clone: Clone) -> Finding:
    """Whether this machine can talk to itself at all."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as server:
            socket.create_connection(server.getsockname(), timeout=5).close()
    except OSError as error:
        step = "allow connections to 127.0.0.1 in the firewall"
        return Finding("loopback", "wrong", f"127.0.0.1 cannot be reached: {error}", step)
    return Finding("loopback", "ok", "127.0.0.1 answers")


def proxy(clone: Clone) -> Finding:
    """A proxy that would catch calls to the mock outside of the lab."""
    named = [name for name in _PROXIES if os.environ.get(name)]
    if not named:
        return Finding("proxy", "ok", "none set")
    host = urlsplit(os.environ[named[0]]).netloc.rpartition("@")[2]
    direct = without_proxy(os.environ)
    if direct == (os.environ.get("NO_PROXY") or os.environ.get("no_proxy")):
        return Finding("proxy", "ok", f"{host} ({named[0]}), not used for 127.0.0.1")
    export = "set" if os.name == "nt" else "export"
    return Finding(
        "proxy",
        "note",
        f"{host} ({named[0]}) would also get calls to 127.0.0.1; the lab sees to that itself, "
        "programs started elsewhere need:",
        f"{export} NO_PROXY={direct}",
    )


def workspace(clone: Clone) -> Finding:
    """Whether work/ is there and its files are known."""
    if not clone.exercises.is_dir():
        return Finding("workspace", "wrong", "exercises/ is not there", "git checkout -- exercises")
    given = Manifest.read(manifest_path(clone.work)).given
    if not given:
        return Finding("workspace", "note", "not made yet", command("lab"))
    gone = [path for path in given if not (clone.work / path).exists()]
    if gone:
        part, _, file = gone[0].partition("/")
        step = command(f"reset {part} --file {file}")
        return Finding("workspace", "note", f"deleted: {', '.join(gone[:5])}", step)
    return Finding("workspace", "ok", f"{len(given)} files in {clone.work}")


def browser(clone: Clone) -> Finding:
    """Whether a browser can be opened from here."""
    if can_open():
        return Finding("browser", "ok", "one can be opened")
    says = "none can be opened from here; the lab prints its address"
    return Finding("browser", "note", says, command("lab --no-browser"))


def redis(clone: Clone) -> Finding:
    """A real Redis is optional: the course uses fakeredis unless given a URL."""
    server = shutil.which("redis-server")
    if server:
        return Finding("redis", "ok", f"{server} (optional)")
    return Finding("redis", "ok", "no redis-server, and none is needed: fakeredis stands in")


ALL_CHECKS: tuple[Callable[[Clone], Finding], ...] = (
    python,
    system,
    venv_module,
    packages,
    disk,
    writing,
    workspace,
    ports,
    loopback,
    proxy,
    browser,
    redis,
)
