"""A headless Chromium, driven over its debugging protocol: for pictures and for tests."""

import base64
import contextlib
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from collections import deque
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import websocket

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-allow-origins=*",
)
_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowRight": (39, ""),
    "ArrowLeft": (37, ""),
    "ArrowDown": (40, ""),
    " ": (32, " "),
}
SHIFT = 8


class BrowserProblem(RuntimeError):
    """The browser did not do what was asked; the message says what."""


class Page:
    """One page of a browser. `events` keeps what the browser said of its own accord."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=60)
        self._ids = itertools.count(1)
        self.events: deque[dict[str, Any]] = deque(maxlen=10_000)

    def close(self) -> None:
        """End the connection."""
        self._socket.close()

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol.

        Raises:
            BrowserProblem: it failed.
        """
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv())
            if message.get("id") != number:
                self.events.append(message)
            elif "error" in message:
                raise BrowserProblem(f"{method}: {message['error']['message']}")
            else:
                return dict(message["result"])

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives, as plain data.

        Raises:
            BrowserProblem: it threw.
        """
        result = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in result:
            raise BrowserProblem(f"{expression}: {result['result'].get('description')}")
        return result["result"].get("value")

    def wait(self, expression: str, timeout_s: float = 20) -> Any:
        """The expression's value, once it is true.

        Raises:
            BrowserProblem: it still is not after so many seconds.
        """
        ends = time.monotonic() + timeout_s
        while not (value := self.value(expression)):
            if time.monotonic() > ends:
                raise BrowserProblem(f"after {timeout_s:.0f} s still not: {expression}")
            time.sleep(0.05)
        return value

    def open(self, url: str) -> None:
        """Go to a URL and wait until it is loaded."""
        self.send("Page.enable")
        self.send("Page.navigate", url=url)
        self.wait(f"document.readyState === 'complete' && location.href.startsWith({url!r})")

    def press(self, key: str, modifiers: int = 0) -> None:
        """Press and let go of one key."""
        code, text = _KEYS[key]
        text = "" if modifiers else text
        about = {"key": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        down = "keyDown" if text else "rawKeyDown"
        self.send("Input.dispatchKeyEvent", type=down, text=text, **about)
        self.send("Input.dispatchKeyEvent", type="keyUp", **about)

    def type(self, text: str) -> None:
        """Type into what has the focus."""
        self.send("Input.insertText", text=text)

    def resize(self, width: int, height: int) -> None:
        """The window's inner size, in CSS pixels."""
        self.send(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    def prefer(self, scheme: str) -> None:
        """What the system says about light and dark."""
        feature = {"name": "prefers-color-scheme", "value": scheme}
        self.send("Emulation.setEmulatedMedia", features=[feature])

    def picture(self, *, whole: bool = False) -> bytes:
        """The window as PNG, or the whole page."""
        more: dict[str, Any] = {"captureBeyondViewport": True} if whole else {}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            more["clip"] = {**size, "x": 0, "y": 0, "scale": 1}
        return base64.b64decode(self.send("Page.captureScreenshot", format="png", **more)["data"])


def executable() -> str | None:
    """Where a Chromium is; None if there is none."""
    return next(filter(None, map(shutil.which, NAMES)), None)


@contextlib.contextmanager
def browser_page(
    url: str = "about:blank",
    *,
    flags: Sequence[str] = (),
) -> Iterator[Page]:
    """A page of a fresh browser, which ends with the block.

    Raises:
        BrowserProblem: there is no browser, or it does not start.
    """
    browser_path = executable()
    if browser_path is None:
        raise BrowserProblem(f"None of {', '.join(NAMES)} is on PATH. Debian: apt install chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        own = (f"--user-data-dir={profile}", "--remote-debugging-port=0")
        browser = subprocess.Popen(
            [browser_path, *FLAGS, *flags, *own, url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            page = Page(_address(Path(profile) / "DevToolsActivePort"))
            with contextlib.closing(page):
                yield page
        finally:
            browser.terminate()
            browser.wait()


def _address(port_file: Path) -> str:
    """The address of the first page of the browser that wrote its port to this file."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if port_file.exists() and (written := port_file.read_text(encoding="utf-8").split()):
            direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
            with direct.open(f"http://127.0.0.1:{written[0]}/json") as reply:
                pages = [each for each in json.load(reply) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.1)
    raise BrowserProblem("Chromium did not start within 30 s")
