"""Take the picture of the lesson that the README shows.

    python3 -m workshop lab --no-browser          # in one terminal; it prints the lesson's URL
    python docs/images/take_lesson_picture.py URL  # in another; needs Chromium and the dev packages

Runs the first cells in a headless Chromium, as somebody would by hand, waits for the first figure
and writes docs/images/lesson.png.
"""

import argparse
import time
from pathlib import Path

from chromium import SHIFT, BrowserProblem, Page, browser_page

HERE = Path(__file__).parent
READY = "document.querySelectorAll('.jp-Notebook-cell').length > 0"
FIRST_FIGURE = "document.querySelector('.jp-OutputArea img')"


def main() -> None:
    """Take the picture."""
    parser = argparse.ArgumentParser(description="Take the picture of the lesson.")
    parser.add_argument("url", help="the lesson's URL, as `workshop lab` prints it")
    parser.add_argument("--cells", type=int, default=11, help="how many cells to run (default: 11)")
    parser.add_argument("--out", type=Path, default=HERE / "lesson.png")
    chosen = parser.parse_args()
    try:
        with browser_page(chosen.url, flags=("--window-size=1440,1000",)) as page:
            chosen.out.write_bytes(_taken(page, chosen.cells))
    except BrowserProblem as problem:
        raise SystemExit(str(problem)) from problem
    print(f"written: {chosen.out}")


def _taken(page: Page, cells: int) -> bytes:
    page.wait(READY, 60)
    time.sleep(3)
    page.value("document.querySelector('.jp-Notebook-cell').click()")
    for _ in range(cells):
        page.press("Enter", modifiers=SHIFT)  # run the cell
        time.sleep(0.7)
    page.wait(f"{FIRST_FIGURE} !== null", 60)
    page.value("document.querySelector('.jp-OutputArea img').scrollIntoView({block: 'end'})")
    time.sleep(1.5)
    return page.picture()


if __name__ == "__main__":
    main()
