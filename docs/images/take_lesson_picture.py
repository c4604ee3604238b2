"""Take the picture of the lesson that the README shows.

    python3 -m workshop lab --no-browser          # in one terminal; it prints the lesson's URL
    python docs/images/take_lesson_picture.py URL  # in another; needs Chromium and the dev packages

Runs the first cells in a headless Chromium, as somebody would by hand, waits for the first figure
and writes docs/images/lesson.png.
"""

import argparse
import base64
import itertools
import json
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

import websocket

HERE = Path(__file__).parent
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
    "--window-size=1440,1000",
)
READY = "document.querySelectorAll('.jp-Notebook-cell').length > 0"
FIRST_FIGURE = "document.querySelector('.jp-OutputArea img')"


class Page:
    """One page of a browser, over Chromium's debugging protocol."""

    def __init__(self, address: str) -> None:
        self._socket = websocket.create_connection(address, timeout=60)
        self._ids = itertools.count(1)

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._ids)
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message: dict[str, Any] = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return dict(message["result"])

    def value(self, expression: str) -> Any:
        result = self.send("Runtime.evaluate", expression=expression, returnByValue=True)
        return result["result"].get("value")

    def wait(self, expression: str, timeout_s: float) -> None:
        ends = time.monotonic() + timeout_s
        while not self.value(expression):
            if time.monotonic() > ends:
                raise SystemExit(f"after {timeout_s:.0f} s still not: {expression}")
            time.sleep(0.3)

    def run_cell(self) -> None:
        """Shift-Enter."""
        key = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "modifiers": 8}
        self.send("Input.dispatchKeyEvent", type="keyDown", **key)
        self.send("Input.dispatchKeyEvent", type="keyUp", **key)

    def picture(self) -> bytes:
        return base64.b64decode(self.send("Page.captureScreenshot", format="png")["data"])


def browser_page(port_file: Path) -> str:
    """The address of the first page of the browser that wrote its port to this file."""
    ends = time.monotonic() + 30
    while time.monotonic() < ends:
        if port_file.exists():
            port = port_file.read_text(encoding="utf-8").split()[0]
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json") as reply:
                pages = [each for each in json.load(reply) if each["type"] == "page"]
            if pages:
                return str(pages[0]["webSocketDebuggerUrl"])
        time.sleep(0.2)
    raise SystemExit("Chromium did not start within 30 s")


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description="Take the picture of the lesson.")
    parser.add_argument("url", help="the lesson's URL, as `workshop lab` prints it")
    parser.add_argument("--cells", type=int, default=11, help="how many cells to run (default: 11)")
    parser.add_argument("--out", type=Path, default=HERE / "lesson.png")
    chosen = parser.parse_args()
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        raise SystemExit(f"None of {', '.join(NAMES)} is on PATH. Debian: apt install chromium")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = subprocess.Popen(
            [found, *FLAGS, f"--user-data-dir={profile}", "--remote-debugging-port=0", chosen.url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            page = Page(browser_page(Path(profile) / "DevToolsActivePort"))
            page.wait(READY, 60)
            time.sleep(3)
            page.value("document.querySelector('.jp-Notebook-cell').click()")
            for _ in range(chosen.cells):
                page.run_cell()
                time.sleep(0.7)
            page.wait(f"{FIRST_FIGURE} !== null", 60)
            page.value(
                "document.querySelector('.jp-OutputArea img').scrollIntoView({block: 'end'})"
            )
            time.sleep(1.5)
            chosen.out.write_bytes(page.picture())
        finally:
            browser.terminate()
            browser.wait()
    print(f"written: {chosen.out}")


if __name__ == "__main__":
    main()
