"""`mock-llm record`."""

import argparse
import sys
from pathlib import Path

from mock_llm.cli.listening import open_listener, port, serve_until_stopped
from mock_llm.cli.says import refuse
from mock_llm.loopback import is_loopback
from mock_llm.yamlfile import SettingError

DEFAULT_PORT = 8101
DESCRIPTION = """\
Stand between your program and a real provider, and write down what it answers: pass requests on
with your key, and record request, status, reply and, for streams, each event with its time. Keys,
organisations and projects are not written. A file that is a recording already is added to.
"""
EXAMPLES = """\
examples:
  mock-llm record --upstream https://api.openai.com/v1 --to openai.jsonl
  mock-llm record --upstream https://api.anthropic.com --to claude.jsonl --port 0

Then let your program ask here, with its real key:
  OPENAI_BASE_URL=http://127.0.0.1:8101/v1      or  ANTHROPIC_BASE_URL=http://127.0.0.1:8101
and afterwards:
  mock-llm serve --replay openai.jsonl
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `record`."""
    parser.add_argument(
        "--upstream",
        required=True,
        metavar="URL",
        help="the provider's base URL, as its SDK has it",
    )
    parser.add_argument("--to", required=True, type=Path, metavar="FILE", help="JSON lines")
    parser.add_argument(
        "--host", default="127.0.0.1", help="address of this machine to listen on (%(default)s)"
    )
    parser.add_argument(
        "--port", type=port, default=DEFAULT_PORT, help="port; 0 takes a free one (%(default)s)"
    )
    parser.add_argument("--quiet", action="store_true", help="do not list the requests")


def run(options: argparse.Namespace) -> int:
    """Record until Ctrl-C or SIGTERM."""
    if not is_loopback(options.host):
        return refuse(
            f"{options.host} can be reached by other machines; keys pass through here.",
            _again(options, options.to),
        )
    from mock_llm.scripted.record import Recorder, RecordingFile, upstream_of
    from mock_llm.serving import address, make_server

    def note(text: str) -> None:
        if not options.quiet:
            print(text, file=sys.stderr, flush=True)

    try:
        upstream_of(options.upstream)
    except SettingError as error:
        return refuse(
            str(error), f"mock-llm record --upstream https://api.openai.com/v1 --to {options.to}"
        )
    listener = open_listener(_again(options, options.to), options.host, options.port)
    if listener is None:
        return 1
    try:
        file = RecordingFile(options.to, options.upstream)
    except SettingError as error:
        listener.close()
        other = options.to.with_name(f"{options.to.stem}-2.jsonl")
        return refuse(str(error), _again(options, other))
    url = address(listener)

    def listening() -> None:
        print(
            f"Recording {options.upstream} into {options.to}.\n"
            f"OPENAI_BASE_URL={url}/v1   ANTHROPIC_BASE_URL={url}   your own key   Ctrl-C ends it.",
            flush=True,
        )

    try:
        recorder = Recorder(options.upstream, file, note)
        serve_until_stopped(make_server(recorder, "warning", listening), listener)
    finally:
        listener.close()
        file.close()
    print(f"{file.written} recorded. Replay: mock-llm serve --replay {options.to}")
    return 0


def _again(options: argparse.Namespace, to: Path) -> str:
    return f"mock-llm record --upstream {options.upstream} --to {to}"
