"""`mock-llm ledger`."""

import argparse
from collections.abc import Iterator

from mock_llm.cli.journal import add_source, export, lab_of
from mock_llm.cli.says import nearest, refuse, with_progress

DESCRIPTION = """\
Export what the requests in a journal cost: sums by day, key, model, user and feature, or by some of
them. cost_nanodollars is exact (10**-9 dollars); cost_dollars says the same with nine decimals.
"""
EXAMPLES = """\
examples:
  mock-llm ledger requests.sqlite
  mock-llm ledger requests.sqlite --by day,model
  mock-llm ledger requests.sqlite --lab sk-lab-alice --by user --json --out bill.json
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `ledger`."""
    add_source(parser)
    parser.add_argument(
        "--by",
        default="day,key,model,user,feature",
        metavar="NAMES",
        help="what to sum by, separated by commas (%(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Export it."""
    from mock_llm.evidence.disk import read
    from mock_llm.evidence.export import DIMENSIONS, SUMS, ledger_rows
    from mock_llm.evidence.tables import as_csv, as_json

    by = [name.strip() for name in options.by.split(",") if name.strip()]
    unknown = [name for name in by if name not in DIMENSIONS]
    if unknown or len(set(by)) < len(by):
        wrong = unknown[0] if unknown else "twice the same"
        likely = nearest(wrong, DIMENSIONS, "model")
        return refuse(
            f"--by knows {', '.join(DIMENSIONS)}, not {wrong}.",
            f"mock-llm ledger {options.file} --by {likely}",
        )
    form = as_json if options.json else as_csv
    columns = (*by, *SUMS, "cost_dollars")

    def pieces() -> Iterator[bytes]:
        rows = with_progress(read(options.file, lab_of(options)), "requests")
        yield from form(columns, ledger_rows(rows, by))

    return export(options, pieces())
