"""`workshop lab`: the lesson in JupyterLab, against a mock LLM that runs beside it."""

from __future__ import annotations

import argparse
import os
import secrets
from collections.abc import Mapping

from workshop.bootstrap_paths import Clone, this_clone
from workshop.bootstrap_stop import Stop, command
from workshop.lab_browser import can_open, open_in_background
from workshop.lab_environment import lab_environment
from workshop.lab_jupyter import jupyter_words, lesson_url, write_settings
from workshop.lab_ports import HOST, free_port
from workshop.lab_service import Service
from workshop.lab_session import asked_to_stop, keep_running, stop_all
from workshop.workspace import bring_up_to_date, where_left_off

SUMMARY = "open the course in JupyterLab, at the lesson where you left off"
EXAMPLES = ("lab", "lab --no-browser", "lab --instructor")
MOCK_PORT = 8100
JUPYTER_PORT = 8888


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Ports, browser, and whose view it is."""
    parser.add_argument("--no-browser", action="store_true", help="print the addresses only")
    parser.add_argument(
        "--instructor",
        action="store_true",
        help="open the whole repository with nbgrader's formgrader instead of the workspace",
    )
    parser.add_argument(
        "--port", type=_port, default=JUPYTER_PORT, help="of JupyterLab (%(default)s)"
    )
    parser.add_argument(
        "--mock-port", type=_port, default=MOCK_PORT, help="of the mock LLM (%(default)s)"
    )


def run(args: argparse.Namespace) -> int:
    """Serve the lesson until Ctrl-C. Raises Stop."""
    return serve(
        this_clone(),
        mock_port=args.mock_port,
        port=args.port,
        instructor=args.instructor,
        browser=not args.no_browser,
    )


def serve(clone: Clone, *, mock_port: int, port: int, instructor: bool, browser: bool) -> int:
    """Bring the workspace up to date and run both servers, on these ports or the next free ones.

    Returns 0 after Ctrl-C, 130 if it came before the servers answered. Raises Stop.
    """
    # Not at the top: what parses the arguments runs before the set-up, and needs little.
    from workshop.grading.check_server import check_server

    with asked_to_stop() as asked, check_server(clone) as checks:
        for line in bring_up_to_date(clone):
            print(line, flush=True)
        mock_port, port = _ports(mock_port, port)
        token = secrets.token_urlsafe(24)
        services = _start(clone, mock_port, port, token, instructor=instructor)
        lesson = None if instructor else where_left_off(clone)
        url = lesson_url(port, token, lesson)

        def ready() -> None:
            # Not earlier: JupyterLab's start would have to share the processors with it.
            if checks is not None:
                checks.warm_up()
            print(welcome(clone, url, mock_port, instructor=instructor), flush=True)
            if browser and can_open():
                open_in_background(url)
            elif browser:
                print("There is no desktop here: open that address in your browser.", flush=True)

        code = keep_running(services, asked, ready)
    print(stopped(clone, instructor=instructor))
    return code


def _ports(mock_wanted: int, wanted: int) -> tuple[int, int]:
    try:
        mock_port = free_port(mock_wanted)
        port = free_port(wanted, taken=frozenset({mock_port}))
    except OSError as error:
        raise Stop(f"{error}.", f"{command('lab --port 9000 --mock-port 9100')}") from None
    for name, asked_for, got in (
        ("mock LLM", mock_wanted, mock_port),
        ("JupyterLab", wanted, port),
    ):
        if got != asked_for:
            print(f"Port {asked_for} is taken (by another lab?): the {name} uses {got}.")
    return mock_port, port


def _start(
    clone: Clone, mock_port: int, port: int, token: str, *, instructor: bool
) -> list[Service]:
    mock_url = f"http://{HOST}:{mock_port}"
    write_settings(clone, instructor=instructor)
    env = lab_environment(clone, mock_url, os.environ, instructor=instructor)
    logs = clone.state / "logs"
    root = clone.root if instructor else clone.work
    started: list[Service] = []
    try:
        for name, words, extra, answers_at in (
            (
                "mock_llm",
                ["mock_llm", "serve", "--host", HOST, "--port", str(mock_port)],
                {},
                f"{mock_url}/_mock/health",
            ),
            (
                "JupyterLab",
                jupyter_words(root, port),
                {"JUPYTER_TOKEN": token},
                f"http://{HOST}:{port}/api/status?token={token}",
            ),
        ):
            log = logs / f"{name.lower()}-{port}.log"
            merged: Mapping[str, str] = {**env, **extra}
            started.append(
                Service(
                    name,
                    words,
                    env=merged,
                    cwd=clone.root,
                    log=log,
                    answers_at=answers_at,
                    # Nothing of the mock's is worth more than the unsaved work in JupyterLab.
                    restarts=3 if name == "mock_llm" else 0,
                )
            )
    except BaseException:
        stop_all(started)
        raise
    return started


def welcome(clone: Clone, url: str, mock_port: int, *, instructor: bool) -> str:
    """What is said once both servers answer."""
    then = "grade" if instructor else "check"
    return "\n".join(
        [
            "",
            "Production ML is running.",
            "",
            f"  {'JupyterLab' if instructor else 'Lesson':<11} {url}",
            f"  {'Mock LLM':<11} http://{HOST}:{mock_port}/v1",
            f"  {'Files':<11} {clone.root if instructor else clone.work}",
            "",
            *(["Formgrader, to grade by hand, is in JupyterLab's menu Nbgrader."] * instructor),
            f"Ctrl-C stops it. In a terminal of JupyterLab: workshop {then} 2",
        ]
    )


def stopped(clone: Clone, *, instructor: bool) -> str:
    """What is said once both servers have ended."""
    if instructor:
        return f"\nStopped. Submissions, grades and feedback are in {clone.root / 'grading'}"
    return f"\nStopped. Your work is in {clone.work}"


def _port(text: str) -> int:
    number = int(text) if text.isdecimal() else 0
    if not 1 <= number <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port (1 to 65535)")
    return number
