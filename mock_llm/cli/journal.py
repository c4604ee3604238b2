"""`mock-llm journal`."""

import argparse
from collections.abc import Iterable
from pathlib import Path

from mock_llm.cli.output import write_out
from mock_llm.cli.says import refuse, with_progress
from mock_llm.yamlfile import SettingError

DESCRIPTION = """\
Export the requests in a journal that `mock-llm serve --journal` writes, also while it is written.
One row a request, in the order in which they were closed; the columns are
explained in mock_llm.evidence.disk and mock_llm.evidence.export.
"""
EXAMPLES = """\
examples:
  mock-llm journal requests.sqlite
  mock-llm journal requests.sqlite --lab sk-lab-alice --json
  mock-llm journal requests.sqlite --out requests.csv
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `journal`."""
    add_source(parser)


def add_source(parser: argparse.ArgumentParser) -> None:
    """What `journal` and `ledger` have in common."""
    parser.add_argument("file", type=Path, metavar="FILE", help="what serve --journal wrote")
    parser.add_argument("--lab", metavar="KEY", help="only the lab of this API key")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", action="store_true", help="a header and a line a row (usual)")
    form.add_argument("--json", action="store_true", help="a list of objects, one a line")
    parser.add_argument("--out", type=Path, metavar="PATH", help="a file instead of the terminal")


def run(options: argparse.Namespace) -> int:
    """Export it."""
    from mock_llm.evidence.disk import read
    from mock_llm.evidence.export import JOURNAL, journal_rows
    from mock_llm.evidence.tables import as_csv, as_json

    form = as_json if options.json else as_csv
    rows = with_progress(journal_rows(read(options.file, lab_of(options))), "requests")
    return export(options, form(JOURNAL, rows))


def lab_of(options: argparse.Namespace) -> str | None:
    """The lab as the file names it."""
    from mock_llm.evidence.keys import short

    return short(options.lab) if options.lab else None


def export(options: argparse.Namespace, pieces: Iterable[bytes]) -> int:
    """Write the pieces where the options say; returns the exit code."""
    try:
        write_out(pieces, options.out)
    except SettingError as error:
        # Not the file that was named: something else may be in it.
        return refuse(str(error), "mock-llm serve --journal requests.sqlite")
    except BrokenPipeError:
        raise
    except OSError as error:
        return refuse(f"{options.out}: cannot be written ({error.strerror}).", "another --out PATH")
    return 0
