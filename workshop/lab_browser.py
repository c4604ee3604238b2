"""Open the lesson in a browser, where there is one to open."""

from __future__ import annotations

import os
import sys
import threading
import webbrowser

_DESKTOP = ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER", "WSL_DISTRO_NAME")


def can_open() -> bool:
    """Whether a browser with windows can be opened from here.

    Without a desktop, `webbrowser` would start a text browser in this very terminal.
    """
    if sys.platform.startswith("linux") and not any(os.environ.get(name) for name in _DESKTOP):
        return False
    try:
        webbrowser.get()
    except webbrowser.Error:
        return False
    return True


def open_in_background(url: str) -> None:
    """Some browsers return only when they are closed."""
    threading.Thread(target=webbrowser.open, args=(url,), daemon=True).start()
