"""The page about answers of one's own: its programs and commands say what it shows."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from toy_course import REPOSITORY

from mock_llm.evidence.export import DIMENSIONS, LEDGER, SUMS
from mock_llm.scripted.rule_match import parse_match
from mock_llm.scripted.rule_replies import KINDS, USAGE
from mock_llm.scripted.rules import load_rules
from mock_llm.scripted.templates import FIELDS
from mock_llm.yamlfile import Table

PAGE = (REPOSITORY / "docs" / "mock_llm" / "answers.md").read_text("utf-8")
EXAMPLES = REPOSITORY / "docs" / "examples" / "mock_llm" / "answers"
# A time differs from run to run; the page shows one.
_SECONDS = re.compile(r"in \d+\.\d s")


def said(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, *command],
        cwd=REPOSITORY,
        env={**os.environ, "NO_PROXY": "127.0.0.1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def shown(name: str) -> str:
    return (EXAMPLES / f"{name}.txt").read_text("utf-8")


@pytest.mark.parametrize("name", sorted(path.stem for path in EXAMPLES.glob("*.py")))
def test_a_program_on_the_page_says_what_stands_under_it(name: str):
    file = (EXAMPLES / f"{name}.py").relative_to(REPOSITORY)
    assert _SECONDS.sub("", said(str(file))) == _SECONDS.sub("", shown(name))


@pytest.mark.parametrize("name", ["wrong", "unreachable"])
def test_validate_says_what_stands_on_the_page(name: str):
    file = (EXAMPLES / f"{name}.yaml").relative_to(REPOSITORY).as_posix()
    assert said("-m", "mock_llm", "validate", file) == shown(name)


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_file_is_on_the_page_or_used_by_one_that_is(path: Path):
    used = "".join(each.read_text("utf-8") for each in EXAMPLES.glob("*.py"))
    assert f"docs/examples/mock_llm/answers/{path.name}" in PAGE + used


def test_the_rules_on_the_page_can_be_used():
    assert len(load_rules(EXAMPLES / "rules.yaml").rules) == 8


def test_every_condition_reply_and_gap_is_on_the_page():
    asked: set[str] = set()

    class Noting(Table):
        def __contains__(self, key: str) -> bool:
            asked.add(key)
            return False

        def raw(self, key: str) -> object:
            asked.add(key)
            return None

    parse_match(Noting({}, "match"))
    for name in asked | {*KINDS, *USAGE}:
        assert re.search(rf"`{name}(: \w+)?`", PAGE), name
    for name in FIELDS:
        assert f"`${{{name}}}`" in PAGE, name
    for name in (*SUMS, "cost_dollars"):
        assert f"`{name}`" in PAGE, name
    assert ", ".join(DIMENSIONS) in PAGE
    assert (*DIMENSIONS, *SUMS, "cost_dollars") == LEDGER
