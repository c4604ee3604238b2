"""`mock-llm scenarios`."""

import argparse
import json
import textwrap

from mock_llm.scenario import load_scenario, shipped

DESCRIPTION = "List the scenarios that come with mock_llm."
EXAMPLES = """\
examples:
  mock-llm scenarios
  mock-llm scenarios --json
  mock-llm serve --scenario outage
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `scenarios`."""
    parser.add_argument("--json", action="store_true", help="names and descriptions as JSON")


def run(options: argparse.Namespace) -> int:
    """List them."""
    described = {name: load_scenario(name).description for name in shipped()}
    if options.json:
        listed = [{"name": name, "description": text} for name, text in described.items()]
        print(json.dumps(listed, indent=1))
        return 0
    width = max(map(len, described)) + 2
    for name, text in described.items():
        print(
            textwrap.fill(
                f"{name:<{width}}{text}", 96, subsequent_indent=" " * width, break_long_words=False
            )
        )
    return 0
