"""`mock-llm show`."""

import argparse

from mock_llm.cli.says import nearest, refuse
from mock_llm.scenario import FOLDER, shipped

DESCRIPTION = "Print the file of a scenario that comes with mock_llm, as a start for your own."
EXAMPLES = """\
examples:
  mock-llm show rate-limited
  mock-llm show outage > mine.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `show`."""
    parser.add_argument("name", metavar="NAME", help=", ".join(shipped()))


def run(options: argparse.Namespace) -> int:
    """Print it."""
    if options.name not in shipped():
        likely = nearest(options.name, shipped(), "healthy")
        return refuse(f"There is no scenario {options.name!r}.", f"mock-llm show {likely}")
    print((FOLDER / f"{options.name}.yaml").read_text(encoding="utf-8"), end="")
    return 0
