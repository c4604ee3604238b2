"""The site builds without a warning and loads nothing from elsewhere; its commands exist."""

import argparse
import importlib
import re
import shlex
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import pytest
from toy_course import REPOSITORY

from mock_llm.cli import main as mock_llm_command
from workshop.cli_help import COMMANDS

DOCS = REPOSITORY / "docs"
PAGES = [REPOSITORY / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md"))]
# A program that docs/examples/mock_llm/tables.py copied into a page; test_docs_mock_llm compares it
# and runs it.
COPIED = re.compile(r"<!-- from: docs/examples/[^>]+ -->\n.*?<!-- end -->", re.DOTALL)
FENCE = re.compile(r"^ *```(?P<language>\w+)\n(?P<code>.*?)^ *```$", re.MULTILINE | re.DOTALL)
# What the pages may tell people to type beside our own commands, each tried elsewhere:
# jupytext in test_build_jupytext, nbgrader in test_build_with_nbgrader, the site's build below, pip
# and docker in test_standalone.
TOOLS = {"jupytext", "nbgrader", "ruff", "mypy", "mkdocs", "rm", "pip", "docker"}


def blocks(page: Path) -> list[tuple[str, str]]:
    """The code that stands in a page and nowhere else."""
    own = COPIED.sub("", page.read_text(encoding="utf-8"))
    return [(m["language"], m["code"]) for m in FENCE.finditer(own)]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    build = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stderr
    return folder


class Loaded(HTMLParser):
    """Addresses that a browser fetches by itself; an <a> is only followed on a click."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        wanted = {"href"} if tag == "link" else {"src", "srcset", "data", "poster"}
        if tag != "a":
            self.addresses += [value or "" for name, value in attributes if name in wanted]


def test_the_site_builds_strictly_with_every_page_in_its_navigation(site: Path):
    built = {page.parent.relative_to(site).as_posix() for page in site.rglob("index.html")}
    written = {page.relative_to(DOCS).with_suffix("") for page in DOCS.rglob("*.md")}
    assert built == {(p.parent if p.name == "index" else p).as_posix() for p in written}
    home = (site / "index.html").read_text(encoding="utf-8")
    assert all(f'href="{name}/"' in home for name in built - {"."})


def test_no_page_loads_anything_from_another_host(site: Path):
    for page in site.rglob("*.html"):
        loaded = Loaded()
        loaded.feed(page.read_text(encoding="utf-8"))
        assert loaded.addresses
        assert [a for a in loaded.addresses if re.match(r"(https?:)?//", a)] == [], page
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(url\(|@import )[\"']?(https?:)?//", sheet.read_text("utf-8")), sheet


def test_included_programs_stand_in_the_page_and_not_beside_it(site: Path):
    page = (site / "mock_llm" / "index.html").read_text(encoding="utf-8")
    assert "RateLimitError" in page
    assert "/_mock/faults" in page
    assert "--8&lt;--" not in page
    assert not (site / "examples").exists()


def test_programs_on_a_page_are_copied_from_an_example_that_runs():
    for page in PAGES:
        assert {language for language, _ in blocks(page)}.isdisjoint({"python", "py", "js"}), page


def test_the_pages_about_mock_llm_read_well_where_nothing_is_included():
    for page in (DOCS / "mock_llm").glob("*.md"):
        text = page.read_text(encoding="utf-8")
        assert "--8<--" not in text, page
        assert not re.search(r"^(=== |!!! |\?\?\? |    ```)", text, re.MULTILINE), page


def shell_lines() -> list[str]:
    return [
        line.strip()
        for page in PAGES
        for language, code in blocks(page)
        if language in {"bash", "sh", "shell", "console"}
        for line in code.splitlines()
        if line.strip()
    ]


def inline_commands() -> list[str]:
    """`workshop …` and `mock-llm …` as they stand inside sentences, placeholders aside."""
    found = []
    for page in PAGES:
        text = FENCE.sub("", page.read_text(encoding="utf-8"))
        found += re.findall(r"`((?:python3 -m )?workshop [a-z][^`…]*|mock-llm [a-z][^`…]*)`", text)
    return found


def parsed_by_mock_llm(words: list[str]) -> bool:
    """Whether the command takes these words, without doing what they say."""
    parse = argparse.ArgumentParser.parse_args

    def only_parse(parser: argparse.ArgumentParser, given: list[str]) -> argparse.Namespace:
        chosen = parse(parser, given)
        chosen.run = lambda _: 0
        return chosen

    with patch.object(argparse.ArgumentParser, "parse_args", only_parse):
        try:
            return mock_llm_command(words) == 0
        except SystemExit as end:  # --version ends so, too
            return end.code == 0


@pytest.mark.parametrize("line", sorted({*shell_lines(), *inline_commands()}))
def test_a_command_on_a_page_is_one_that_exists(line: str):
    words = shlex.split(line)
    if words[:3] == ["python3", "-m", "workshop"]:
        words = words[2:]
    if words[0] == "workshop":
        parser = argparse.ArgumentParser(exit_on_error=False)
        name, *rest = words[1:]
        importlib.import_module(COMMANDS[name].module).add_arguments(parser)
        if rest:  # a sentence may name a command without the words that it needs
            parser.parse_args(rest)
    elif words[0] == "mock-llm":
        # A sentence may name an option without its value.
        assert parsed_by_mock_llm(words[1:]) or parsed_by_mock_llm([*words[1:], "VALUE"])
    elif words[0] == "python":
        assert (REPOSITORY / words[1]).is_file()
    else:
        assert words[0] in TOOLS
