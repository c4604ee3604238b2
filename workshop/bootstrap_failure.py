"""Turn an installer's last words into one sentence and the next command."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from urllib.parse import urlsplit

from workshop.bootstrap_stop import Stop, command

NEEDED_BYTES = 1_000_000_000
_PROXIES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy")
_DISK = re.compile(r"no space left|errno 28|enospc|disk quota|not enough space|winerror 112", re.I)
_PROXY = re.compile(r"proxyerror|proxy authentication|tunnel|socks", re.I)
_CERTIFICATE = re.compile(r"certificate_verify_failed|invalid peer certificate|sslerror", re.I)
_NETWORK = re.compile(
    r"newconnectionerror|failed to establish|name resolution|getaddrinfo|dns error|timed? ?out"
    r"|error sending request|connection (refused|reset|aborted)|network is unreachable"
    r"|could not connect|failed to fetch|maxretryerror|temporary failure|nameresolutionerror",
    re.I,
)
_HASH = re.compile(r"do not match the hashes|hash mismatch", re.I)
_ABSENT = re.compile(
    r"no matching distribution found for (?P<pip>[\w.-]+)"
    r"|because (?P<uv>[\w.-]+) was not found|there is no version of (?P<version>[\w.-]+)",
    re.I,
)
_BUILD = re.compile(r"failed (to build|building)|metadata-generation-failed|could not build", re.I)
_PERMISSION = re.compile(r"permission denied|errno 13|access is denied|read-only file", re.I)


def may_be_leftovers(output: str) -> bool:
    """Whether an installer may have stumbled over what an earlier set-up left behind.

    Not if its output names a reason that would still be there in an empty environment.
    """
    elsewhere = (_DISK, _HASH, _ABSENT, _PERMISSION)
    return not (_is_network(output) or any(reason.search(output) for reason in elsewhere))


def explain(output: str, again: str, log: Path) -> Stop:
    """What stopped the installer that printed `output`; `again` is the subcommand to repeat."""
    retry = command(again)
    if _DISK.search(output):
        return disk_full(log.parent, again)
    if _is_network(output):
        return _network(output, retry)
    if _HASH.search(output):
        return Stop(
            "a downloaded package is not the one the lock file names (its hash differs), so it "
            "was not installed.",
            f"delete the download cache with 'python3 -m pip cache purge', then {retry}",
        )
    absent = _ABSENT.search(output)
    if absent:
        name = next(filter(None, absent.groups()), "a package")
        return Stop(
            f"the package index has no build of {name} for this system and this Python.",
            f"{command('doctor')}, which says whether this system is one the course runs on",
        )
    if _BUILD.search(output):
        return Stop(
            f"a package has no ready-made build for this system and could not be built ({log}).",
            f"{command('doctor')}, which says whether this system is one the course runs on",
        )
    if _PERMISSION.search(output):
        return Stop(
            f"no permission to write to {log.parent.parent.parent} or to the download cache.",
            f"make the folder writable for {_user()}, then {retry}",
        )
    last = next((line.strip() for line in reversed(output.splitlines()) if line.strip()), "")
    return Stop(
        f"the packages could not be installed: {last or 'the installer gave no reason'}",
        f"read {log}, then {retry}",
    )


def disk_full(folder: Path, again: str) -> Stop:
    """The message for too little space, found before or during the set-up."""
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(str(existing)).free
    return Stop(
        f"the disk is full: the set-up needs about {NEEDED_BYTES / 1e9:.0f} GB and "
        f"{free / 1e9:.1f} GB are free at {existing}.",
        f"free some space, then {command(again)} (what is already there is kept)",
    )


def _is_network(output: str) -> bool:
    return any(reason.search(output) for reason in (_NETWORK, _PROXY, _CERTIFICATE))


def _network(output: str, retry: str) -> Stop:
    if _CERTIFICATE.search(output):
        return Stop(
            "the package index answered with a certificate this machine does not trust, which is "
            "what a company's proxy looks like.",
            f"set SSL_CERT_FILE (and PIP_CERT) to your company's certificate file, then {retry}",
        )
    proxy = next((name for name in _PROXIES if os.environ.get(name)), None)
    if proxy is not None:
        return Stop(
            f"the package index cannot be reached through the proxy {_without_password(proxy)}.",
            f"correct or unset {proxy}, then {retry}",
        )
    return Stop(
        "the package index cannot be reached: the first set-up needs the network, later starts "
        "do not.",
        f"connect and {retry} (what is already there is kept)",
    )


def _without_password(name: str) -> str:
    parts = urlsplit(os.environ[name])
    host = parts.netloc.rpartition("@")[2] or parts.path
    return f"{host} ({name})"


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or "yourself"
