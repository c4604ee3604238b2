"""The `mock-llm` command."""

import argparse
import asyncio
import contextlib
import errno
import logging
import sys
from collections.abc import Sequence
from ipaddress import ip_address

from mock_llm.scenario import shipped
from mock_llm.yamlfile import SettingError

DEFAULT_PORT = 8100
_EXAMPLE = """\
Then, in another terminal or program:
  export OPENAI_BASE_URL=http://127.0.0.1:8100/v1 OPENAI_API_KEY=sk-anything
Any key works, and each opens a lab of its own: its faults, latency, journal and bill.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="mock-llm",
        description="A mock LLM server: the providers' wire formats, offline, without a bill.",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    serve = commands.add_parser(
        "serve",
        help="serve until Ctrl-C",
        description="Serve OpenAI's API under /v1 and the admin interface under /_mock/.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_arguments(serve)
    serve.set_defaults(run=run)
    chosen = parser.parse_args(arguments)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 2
    return int(chosen.run(chosen))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `serve`."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument(
        "--port", type=_port, default=DEFAULT_PORT, help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument(
        "--scenario",
        default="healthy",
        help=f"{', '.join(shipped())}, or a YAML file (%(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="what chance is drawn from (0)")
    parser.add_argument(
        "--log-level",
        default="warning",
        choices=("critical", "error", "warning", "info", "debug"),
        help="debug shows every request (%(default)s)",
    )
    parser.add_argument("--admin-token", help="what /_mock/ asks for in X-Admin-Token")
    parser.add_argument(
        "--allow-remote",
        action="store_true",
        help="listen on an address that other machines reach; needs --admin-token",
    )


def run(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    if not _is_loopback(options.host) and not (options.allow_remote and options.admin_token):
        return _refuse(
            f"{options.host} can be reached by other machines, and nobody would be asked for a "
            "key of theirs.",
            f"mock-llm serve --host {options.host} --allow-remote --admin-token SECRET",
        )
    from mock_llm.app import Application
    from mock_llm.serving import address, listen, make_server

    try:
        app = Application(
            scenario=options.scenario, seed=options.seed, admin_token=options.admin_token
        )
    except SettingError as error:
        return _refuse(str(error), "mock-llm serve --scenario healthy")
    try:
        listener = listen(options.host, options.port)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return _refuse(f"Port {options.port} is taken.", "mock-llm serve --port 0")
        return _refuse(
            f"Cannot listen on {options.host}, port {options.port}: {error.strerror}.",
            "mock-llm serve",
        )
    logging.basicConfig(level=options.log_level.upper(), format="%(levelname)s %(message)s")
    url = address(listener)

    def listening() -> None:
        print(
            f"mock_llm listens on {url} (scenario {app.scenario.name}, seed {options.seed}).\n"
            f"OPENAI_BASE_URL={url}/v1   any OPENAI_API_KEY   Ctrl-C ends it.",
            flush=True,
        )

    server = make_server(app, options.log_level, listening)
    app.warm_up()
    with (
        contextlib.suppress(KeyboardInterrupt),
        asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner,
    ):
        runner.run(server.serve([listener]))
    return 0


def _refuse(problem: str, instead: str) -> int:
    print(f"mock-llm: {problem}\nTry: {instead}", file=sys.stderr)
    return 1


def _port(text: str) -> int:
    try:
        port = int(text)
    except ValueError:
        port = -1
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port (0 to 65535)")
    return port


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
