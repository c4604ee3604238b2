"""`workshop doctor`: look at everything that has to be right on a machine, and say what is not."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

from workshop.bootstrap_paths import this_clone
from workshop.bootstrap_stop import command
from workshop.doctor_checks import ALL_CHECKS, Finding

SUMMARY = "say what is wrong with this machine, and what to type"
EXAMPLES = ("doctor", "doctor --json")
_MARK = {"ok": "ok     ", "note": "note   ", "wrong": "WRONG  "}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A list, or JSON."""
    parser.add_argument("--json", action="store_true", help="print JSON only")


def run(args: argparse.Namespace) -> int:
    """Print all findings; 1 if something is wrong, 0 if all is well or only worth a note."""
    clone = this_clone()
    findings = [check(clone) for check in ALL_CHECKS]
    wrong = [finding for finding in findings if finding.state == "wrong"]
    if args.json:
        listed = [asdict(finding) for finding in findings]
        print(json.dumps({"ok": not wrong, "findings": listed}, indent=2, ensure_ascii=False))
        return 1 if wrong else 0
    for finding in findings:
        print(_line(finding))
    print()
    if wrong:
        print(
            f"{len(wrong)} thing{'s' if len(wrong) > 1 else ''} to put right. Next: {wrong[0].step}"
        )
    else:
        print(f"All is well. Next: {command('lab')}")
    return 1 if wrong else 0


def _line(finding: Finding) -> str:
    line = f"{_MARK[finding.state]}{finding.subject:<12} {finding.says}"
    return line if not finding.step else f"{line}\n{'':20}-> {finding.step}"
