"""`mock-llm validate`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

DESCRIPTION = """\
Say everything that is wrong with scenario files, files of rules and recordings, by file and line:
unknown keys with the nearest known one, values that cannot be, models that do not exist, rules that
never answer because one before them takes all. What a file is, its content decides.

The exit code is 1 if anything is wrong, else 0; warnings alone leave it 0.
"""
EXAMPLES = """\
examples:
  mock-llm validate rules.yaml
  mock-llm validate scenarios/*.yaml recordings/*.jsonl
  mock-llm validate --json rules.yaml
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `validate`."""
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--json", action="store_true", help="findings as one JSON list")


def run(options: argparse.Namespace) -> int:
    """Check the files."""
    from mock_llm.scripted.validate import check, kind_of

    findings = []
    for path in options.files:
        found = check(path)
        findings += found
        if options.json:
            continue
        for finding in found:
            print(finding)
        if not found:
            print(f"{path}: {kind_of(path)}, nothing wrong")
    mistakes = sum(not finding.is_warning for finding in findings)
    if options.json:
        print(json.dumps([asdict(finding) for finding in findings], indent=1))
    elif mistakes:
        print(f"{mistakes} mistake{'s' if mistakes > 1 else ''}")
    return 1 if mistakes else 0
