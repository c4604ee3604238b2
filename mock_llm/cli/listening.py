"""Listening on an address, and serving there until somebody says stop."""

import argparse
import asyncio
import contextlib
import errno
import signal
import socket
from types import FrameType
from typing import TYPE_CHECKING

from mock_llm.cli.says import refuse

if TYPE_CHECKING:
    from mock_llm.serving import Server


def port(text: str) -> int:
    """A port, for argparse."""
    try:
        number = int(text)
    except ValueError:
        number = -1
    if not 0 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
    return number


def open_listener(command: str, host: str, number: int) -> socket.socket | None:
    """A listening socket; None if there is none, which is said."""
    from mock_llm.serving import listen

    try:
        return listen(host, number)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            refuse(f"Port {number} is taken.", f"{command} --port 0")
        else:
            refuse(f"Cannot listen on {host}, port {number}: {error.strerror}.", command)
        return None


def serve_until_stopped(server: "Server", listener: socket.socket) -> None:
    """Serve until Ctrl-C or SIGTERM, and come back in good order."""

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    # uvicorn stops on SIGTERM and then sends it again, to whoever was there before.
    signal.signal(signal.SIGTERM, stop)
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner,
    ):
        runner.run(server.serve([listener]))
