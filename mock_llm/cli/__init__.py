"""The `mock-llm` command: a module for each subcommand, loaded when it is asked for."""

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from mock_llm import __version__
from mock_llm.cli.says import let_go_of_terminal

# Name → module and what `mock-llm --help` says of it.
COMMANDS = {
    "serve": ("mock_llm.cli.serve", "serve until Ctrl-C"),
    "validate": ("mock_llm.cli.validate", "say everything that is wrong with a file of yours"),
    "scenarios": ("mock_llm.cli.scenarios", "list the scenarios that come along"),
    "show": ("mock_llm.cli.show", "print one of them, as a start for your own"),
    "record": ("mock_llm.cli.record", "record a real provider, for `serve --replay`"),
    "journal": ("mock_llm.cli.journal", "export the requests of `serve --journal`"),
    "ledger": ("mock_llm.cli.ledger", "export what they cost, by day, key, model, user, feature"),
}
_EXAMPLES = """\
examples:
  mock-llm serve                         a server on http://127.0.0.1:8100
  mock-llm serve --answers rules.yaml    with answers of your own
  mock-llm validate rules.yaml           what is wrong with them
  mock-llm COMMAND --help                more examples
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    try:
        try:
            return _run(arguments)
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        let_go_of_terminal()
        return 0


def _run(arguments: Sequence[str] | None) -> int:
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = parser_for(given)
    chosen = parser.parse_args(given)
    if not hasattr(chosen, "run"):
        parser.print_help()
        return 2
    try:
        return int(chosen.run(chosen))
    except KeyboardInterrupt:
        return 130


def parser_for(arguments: Sequence[str]) -> argparse.ArgumentParser:
    """A parser for these arguments; it knows the options of the commands that they name, or of all
    if they name none."""
    parser = argparse.ArgumentParser(
        prog="mock-llm",
        description="A mock LLM server: the providers' wire formats, offline, without a bill.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"mock-llm {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for name, (module, summary) in COMMANDS.items():
        command = commands.add_parser(
            name, help=summary, formatter_class=argparse.RawDescriptionHelpFormatter
        )
        if name in arguments or not arguments:
            chosen = import_module(module)
            command.description, command.epilog = chosen.DESCRIPTION, chosen.EXAMPLES
            chosen.add_arguments(command)
            command.set_defaults(run=chosen.run)
    return parser
