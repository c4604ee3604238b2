"""Ways to try a service from the lesson: run it, break what it leans on, send customers, look.

Everything runs on this machine. The model is the mock that `workshop lab` started; outside of it,
for example when the lesson is run by a test, one is started here.
"""

import contextlib
import functools
import logging
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import uvicorn
from IPython.display import Markdown, display
from pydantic import SecretStr

import mock_llm

HERE = Path(__file__).parent

# The service logs each fallback; in the lesson the tables and figures tell that story.
logging.getLogger("service").addHandler(logging.NullHandler())


@functools.cache
def lab() -> Any:
    """The mock's lab of this notebook: its faults, its journal, its bill."""
    if url := os.environ.get("MOCK_LLM_URL"):
        return mock_llm.connect(url, api_key())
    mock = mock_llm.MockLLM(scenario="healthy", seed=2)
    mock.start()
    os.environ["MOCK_LLM_URL"] = mock.url
    os.environ["OPENAI_BASE_URL"] = mock.base_url
    os.environ.setdefault("OPENAI_API_KEY", api_key())
    return mock.lab(api_key())


def api_key() -> str:
    """This notebook's key for the mock."""
    return os.environ.get("OPENAI_API_KEY", "sk-lab-workshop")


def client_settings() -> dict[str, str]:
    """What `openai.OpenAI(...)` needs to reach the mock."""
    lab()
    return {"api_key": api_key(), "base_url": os.environ["OPENAI_BASE_URL"]}


def settings(**changes: Any) -> SimpleNamespace:
    """Settings as the service wants them, without any rule: section 2.3 makes proper ones."""
    values: dict[str, Any] = {
        "openai_api_key": SecretStr(client_settings()["api_key"]),
        "openai_base_url": client_settings()["base_url"],
        "max_tokens": 200,
        "timeout_seconds": 2.0,
        "cache_ttl": 3600,
        "daily_budget": Decimal("50"),
        "request_cost_limit": Decimal("0.50"),
    }
    return SimpleNamespace(**(values | changes))


@contextlib.contextmanager
def weather(*faults: str | dict[str, Any], slow_s: float = 0.0) -> Iterator[Any]:
    """The mock with a clean journal, these faults, and `slow_s` seconds to every first token."""
    room = lab()
    room.reset()
    slow(slow_s)
    for fault in faults:
        room.add_fault(**({"kind": fault} if isinstance(fault, str) else fault))
    try:
        yield room
    finally:
        room.reset()


def slow(seconds: float, model: str | None = None) -> None:
    """From now on the first token of every answer (or of one model's) takes `seconds`."""
    lab().set_latency(
        ttft_median_s=seconds,
        ttft_p99_s=seconds,
        per_token_median_s=0.0,
        per_token_p99_s=0.0,
        model=model,
    )


def run_tests(file: str) -> None:
    """Run a test file with pytest, as you would in a terminal."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=line", "--no-header", "--color=no", file]
    print(subprocess.run(command, capture_output=True, text=True, check=False).stdout)


@contextlib.contextmanager
def serving(app: Any) -> Iterator[str]:
    """`app` under uvicorn on a free port, in a thread of its own; its URL."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        while thread.is_alive() and not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        server.force_exit = True
        # A service whose event loop is held cannot be stopped politely; it ends with the notebook.
        thread.join(timeout=2)
        listener.close()


@dataclass(frozen=True)
class Visit:
    """One customer's request: when it started (seconds from the first), how long, what came."""

    start_s: float
    seconds: float
    status: int
    body: dict[str, Any]

    @property
    def kind(self) -> str:
        """In one word what the customer got."""
        if self.status != 200:
            return f"{self.status}" if self.status else "gave up"
        if not self.body.get("recommendation"):
            return "empty"
        if self.body.get("degraded"):
            return "degraded"
        return "cached" if self.body.get("cached") else "fresh"

    @property
    def said(self) -> str:
        """Status and kind, for a table."""
        return f"{self.status}, {self.kind} answer" if self.status == 200 else str(self.status)


def visit(
    url: str,
    query: str,
    user_id: str = "ada",
    *,
    began: float | None = None,
    patience_s: float = 20.0,
    **more: Any,
) -> Visit:
    """Ask once; whoever loses the connection, or patience, has status 0."""
    start = time.perf_counter()
    with httpx.Client(trust_env=False, timeout=patience_s) as http:
        try:
            reply = http.post(f"{url}/recommend", json={"user_id": user_id, "query": query, **more})
            status, body = reply.status_code, reply.json() if reply.status_code == 200 else {}
        except httpx.HTTPError:
            status, body = 0, {}
    done = time.perf_counter()
    return Visit(start - (start if began is None else began), done - start, status, body)


def visits(
    url: str, queries: Iterable[str], *, every_s: float = 0.0, patience_s: float = 20.0
) -> list[Visit]:
    """Customers who come one every `every_s` seconds (0: all at once), whoever is still waiting."""
    began = time.perf_counter()

    def come(number: int, query: str) -> Visit:
        time.sleep(max(0.0, began + number * every_s - time.perf_counter()))
        return visit(url, query, f"customer-{number}", began=began, patience_s=patience_s)

    asked = list(queries)
    with ThreadPoolExecutor(max_workers=max(1, len(asked))) as pool:
        return list(pool.map(come, range(len(asked)), asked))


def heartbeats(url: str, path: str, *, until: Callable[[], bool], every_s: float = 0.05) -> Any:
    """Ask a health page again and again; a list of (seconds since the start, seconds it took)."""
    beats: list[tuple[float, float]] = []
    began = time.perf_counter()
    with httpx.Client(trust_env=False, timeout=20.0) as http:
        while not until():
            start = time.perf_counter()
            http.get(url + path)
            beats.append((start - began, time.perf_counter() - start))
            time.sleep(every_s)
    return beats


def table(rows: list[dict[str, Any]]) -> None:
    """Show rows as a table."""
    heads = list(rows[0])
    lines = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    lines += ["| " + " | ".join(str(row[head]) for head in heads) + " |" for row in rows]
    display(Markdown("\n".join(lines)))


def dollars(nanodollars: int) -> str:
    """`$0.000292`: money as people read it."""
    return f"${Decimal(nanodollars) / 10**9:.6f}"


def show(path: str) -> None:
    """A file of this part, readable, in the notebook."""
    text = (HERE.parent / path).read_text(encoding="utf-8")
    display(Markdown(f"**`{path}`**\n```python\n{text}```"))


def your_service(**changes: Any) -> Any:
    """The service made of your files, around a cache of its own, with the lesson's settings.

    Raises NotImplementedError for what is not written yet, before any customer comes.
    """
    fresh()
    from fastapi.testclient import TestClient
    from service.app import create_app
    from service.cache import ExactCache, Scope, connect
    from service.fallback import WithFallback
    from service.llm import ModelClient, build_sdk

    def build() -> Any:
        sdk = build_sdk(settings())
        redis = connect("fakeredis://")
        scope = Scope("gpt-6.1-sol", prompt_version="1", catalogue_version="2026-11")
        large = ExactCache(ModelClient(sdk, "gpt-6.1-sol"), redis, scope, ttl_s=3600)
        answerer = WithFallback(large, ModelClient(sdk, "gpt-6-luna"))
        return create_app(answerer, settings(**changes), redis=redis)

    with TestClient(build()) as customer:
        customer.post("/recommend", json={"user_id": "first", "query": "a tent under $200"})
    return build()


@contextlib.contextmanager
def until_written() -> Iterator[None]:
    """Runs a cell that needs your code; as long as it is not written, say so instead of failing."""
    try:
        yield
    except NotImplementedError as error:
        frame = error.__traceback__
        while frame and frame.tb_next:
            frame = frame.tb_next
        where = "the starter code"
        if frame:
            file = Path(frame.tb_frame.f_code.co_filename)
            where = f"{file.parent.name}/{file.name}, line {frame.tb_lineno}"
        display(Markdown(f"**Not written yet:** {where}. Fill it in, then run this cell again."))


def fresh(package: str = "service") -> None:
    """Forget what was imported of `package`, so that the next import reads your files as saved."""
    for name in [name for name in sys.modules if name.split(".")[0] == package]:
        del sys.modules[name]
