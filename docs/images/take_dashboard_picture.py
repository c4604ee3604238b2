"""Take the picture of mock_llm's dashboard that the docs show.

    python docs/images/take_dashboard_picture.py   # needs Chromium and the dev packages

Starts a server with three labs, two of which are failing, lets clients talk to it for a while, and
writes docs/images/dashboard.png.
"""

import argparse
import contextlib
import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
from chromium import BrowserProblem, browser_page

from mock_llm import MockLLM
from mock_llm.evidence.budgets import NANODOLLARS, Budget

HERE = Path(__file__).parent
KEYS = ("sk-ada", "sk-grace", "sk-linus")
USERS = ("ann", "bob", "carla", "dora")
FEATURES = ("search", "chat", "summary")
MODELS = ("gpt-6-luna", "gpt-6-luna", "gpt-6.1-terra", "gpt-6.1-sol")
CLIENTS_EACH = 4
MANUAL = "You are the shop's helper. Be brief, and name the price. " * 120
LOADED = "[...document.querySelectorAll('.chart')].every(each => each.data)"


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description="Take the picture of the dashboard.")
    parser.add_argument("--seconds", type=float, default=100, help="of traffic (default: 100)")
    parser.add_argument("--out", type=Path, default=HERE / "dashboard.png")
    chosen = parser.parse_args()
    with MockLLM("healthy", seed=1) as mock:
        mock.lab("sk-ada").records.set_budgets([Budget(NANODOLLARS // 4)])
        mock.lab("sk-ada").add_fault("overloaded", probability=0.08)
        mock.lab("sk-grace").add_fault("rate_limited", probability=0.15)
        mock.lab("sk-grace").add_fault("unavailable", probability=0.1)
        with traffic(mock):
            time.sleep(chosen.seconds)
            try:
                chosen.out.write_bytes(picture(mock.url))
            except BrowserProblem as problem:
                raise SystemExit(str(problem)) from problem
    print(f"written: {chosen.out}")


def picture(url: str) -> bytes:
    """The page with one lab chosen, as PNG."""
    with browser_page(flags=("--window-size=1400,900", "--hide-scrollbars")) as page:
        page.resize(1400, 1400)
        page.prefer("light")
        page.open(url)
        page.wait(LOADED)
        page.value(f"document.querySelector('[aria-label=\"Show only {KEYS[0]}\"]').click()")
        page.value("document.activeElement.blur()")
        time.sleep(2.5)  # two more answers of the server
        return page.picture()


@contextlib.contextmanager
def traffic(mock: MockLLM) -> Iterator[None]:
    """Clients that ask until the block ends."""
    ended = threading.Event()
    clients = [
        threading.Thread(target=ask, args=(mock.url, key, number, ended))
        for key in KEYS
        for number in range(CLIENTS_EACH)
    ]
    for client in clients:
        client.start()
    try:
        yield
    finally:
        ended.set()
        for client in clients:
            client.join()


def ask(url: str, key: str, number: int, ended: threading.Event) -> None:
    """One client: a question after another, every third as a stream."""
    draw = random.Random(f"{key} {number}")  # noqa: S311
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=30) as client:
        while not ended.wait(draw.random()):
            people = draw.randrange(60)
            messages = [
                {"role": "system", "content": MANUAL if people % 2 else "Be brief."},
                {"role": "user", "content": f"Recommend a tent for {people} people."},
            ]
            body = {
                "model": draw.choice(MODELS),
                "messages": messages,
                "user": draw.choice(USERS),
                "metadata": {"feature": draw.choice(FEATURES)},
                "stream": people % 3 == 0,
            }
            with contextlib.suppress(httpx.HTTPError):
                client.post("/v1/chat/completions", json=body)


if __name__ == "__main__":
    main()
