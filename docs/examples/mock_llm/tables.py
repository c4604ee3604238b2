"""Writes what the pages in docs/mock_llm/ say about the code, from the code itself.

    python docs/examples/mock_llm/tables.py

A page marks such a place by `<!-- from the code: NAME -->` and `<!-- end -->`. A test compares.
"""

import argparse
import inspect
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from mock_llm import Lab
from mock_llm.admin import make_admin
from mock_llm.app import Application
from mock_llm.cli import main as mock_llm_command
from mock_llm.control import LabControl
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.ledger import DIMENSIONS
from mock_llm.evidence.prices import Price, load_prices
from mock_llm.injected.fault_kinds import ENDPOINTS, KINDS, Kind
from mock_llm.model.models import load_models
from mock_llm.scenario import load_scenario, shipped

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "mock_llm"
_PLACE = re.compile(
    r"(?P<begin><!-- from the code: (?P<name>[\w-]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_ASKS = {None: "", "stream": "streams", "whole": "no streams", "json": "JSON was asked for"}


def scenarios() -> Iterator[str]:
    yield from table(
        ("scenario", "what happens"),
        ((f"`{name}`", load_scenario(name).description) for name in shipped()),
    )


def faults(place: str) -> Iterator[str]:
    """The kinds that a client meets in one place."""
    kinds = {name: kind for name, kind in KINDS.items() if kind.place == place}
    yield from table(
        ("kind", "what it does", "strikes", "settings"),
        ((f"`{name}`", kind.says, _strikes(kind), _settings(kind)) for name, kind in kinds.items()),
    )


def _strikes(kind: Kind) -> str:
    return ", ".join(filter(None, (_endpoints(kind), _ASKS[kind.asks])))


def _endpoints(kind: Kind) -> str:
    return "answers and embeddings" if "/v1/embeddings" in kind.endpoints else "answers"


def _settings(kind: Kind) -> str:
    return ", ".join(
        f"`{name}` ({'none' if value is None else f'{value:g}'})"
        for name, value in kind.settings.items()
    )


def sdk() -> Iterator[str]:
    seen = json.loads((HERE.parent / "sdk_and_faults.json").read_text("utf-8"))
    yield f"As version {seen['openai']} of the Python SDK does it:"
    yield ""
    yield from table(
        ("kind", "without retries", "with the SDK's own two retries"),
        (
            (f"`{each['kind']}`", _became(each["max_retries_0"]), _became(each["max_retries_2"]))
            for each in seen["faults"]
        ),
    )


def _became(seen: Mapping[str, Any]) -> str:
    match seen["outcome"]:
        case "raises":
            tried = "" if seen["requests"] == 1 else f" after {seen['requests']} requests"
            return f"raises `{seen['exception']}`{tried}"
        case "hidden":
            return f"hides it: {seen['requests']} requests"
        case "harmless":
            return "harmless"
        case _:
            return f"passes it on: {', '.join(seen['differs'])}".replace("_", " ")


def prices() -> Iterator[str]:
    listed = load_prices()
    rows = []
    for model in load_models():
        try:
            price = listed.on(model, date.max)
        except KeyError:
            continue
        rows.append((f"`{model}`", str(price.since), *_dollars(price)))
    yield from table(("model", "since", "input", "cached input", "output"), rows)


def _dollars(price: Price) -> tuple[str, ...]:
    """Per million tokens; a nano-dollar a token is a tenth of a cent a million."""
    return tuple(f"${each / 1000:.2f}" for each in (price.input, price.cached, price.output))


def command() -> Iterator[str]:
    for name, parser in _commands():
        yield f"### mock-llm {name}"
        yield ""
        yield (parser.description or "").strip()
        yield ""
        yield from table(("option", "what it does"), (_option(each) for each in _options(parser)))
        yield ""


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    built: list[argparse.ArgumentParser] = []

    def stop(parser: argparse.ArgumentParser, *_: object) -> argparse.Namespace:
        built.append(parser)
        return argparse.Namespace(run=lambda _: 0)

    with patch.object(argparse.ArgumentParser, "parse_args", stop):
        mock_llm_command([])
    for action in built[0]._actions:
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.items()


def _options(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [each for each in parser._actions if not isinstance(each, argparse._HelpAction)]


def _option(action: argparse.Action) -> tuple[str, str]:
    value = str(action.metavar or action.dest.upper())
    name = action.option_strings[-1] if action.option_strings else value
    if action.option_strings and action.nargs != 0:
        name = f"{name} {value}"
    said = (action.help or "") % {"default": action.default, "prog": "mock-llm"}
    choices = f"; one of {', '.join(map(str, action.choices))}" if action.choices else ""
    return f"`{name}`", said + choices


def admin() -> Iterator[str]:
    description = make_admin(Application(scenario="instant").labs, None)
    rows = []
    for path, calls in description.openapi()["paths"].items():  # type: ignore[attr-defined]
        for method, call in calls.items():
            said = str(call.get("description", "")).split("\n\n")[0]
            rows.append((f"`{method.upper()} {path}`", said.replace("\n", " ")))
    yield from table(("call", "what it does"), rows)


def python() -> Iterator[str]:
    names = [name for name in vars(LabControl) if not name.startswith("_")]
    methods = ((name, getattr(Lab, name)) for name in names)
    yield from table(
        ("method", "what it does"),
        (
            (f"`{name}({_parameters(method)})`", _first_sentence(method))
            for name, method in methods
            if callable(method)
        ),
    )


def _parameters(method: Callable[..., object]) -> str:
    names = [name for name in inspect.signature(method).parameters if name != "self"]
    return ", ".join(names) if len(names) <= 2 else f"{names[0]}, …"


def _first_sentence(method: Callable[..., object]) -> str:
    text = " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())
    return text.partition("; see ")[0].rstrip(".") + "."


def journal() -> Iterator[str]:
    yield ", ".join(f"`{field.name}`" for field in fields(Entry)) + "."


def dimensions() -> Iterator[str]:
    yield ", ".join(f"`{name}`" for name in DIMENSIONS) + "."


def endpoints() -> Iterator[str]:
    yield ", ".join(f"`{path}`" for path in ENDPOINTS) + "."


def report() -> Iterator[str]:
    """The section that a failing test gets."""
    with TemporaryDirectory() as folder:
        example = HERE / "in_pytest" / "failing.py"
        copy = Path(folder) / "test_shop.py"
        copy.write_text(example.read_text("utf-8"), encoding="utf-8")
        run = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(copy)],
            cwd=folder,
            env={**os.environ, "COLUMNS": "80", "PYTEST_ADDOPTS": ""},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    if "mock_llm journal" not in run.stdout:
        raise RuntimeError(f"pytest did not load the plugin:\n{run.stdout}{run.stderr}")
    lines = run.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if "mock_llm journal" in line)
    last = next(number for number, line in enumerate(lines) if "short test summary" in line)
    yield "```text"
    yield from (line.rstrip() for line in lines[first:last])
    yield "```"


PARTS: Mapping[str, Callable[[], Iterable[str]]] = {
    "scenarios": scenarios,
    "faults-http": lambda: faults("http"),
    "faults-stream": lambda: faults("stream"),
    "faults-answer": lambda: faults("answer"),
    "sdk": sdk,
    "prices": prices,
    "command": command,
    "admin": admin,
    "python": python,
    "journal": journal,
    "dimensions": dimensions,
    "endpoints": endpoints,
    "report": report,
}


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown."""
    yield _row(heading)
    yield "|" + "---|" * len(heading)
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rendered(page: str) -> str:
    """A page's text, with every marked place written anew.

    Raises:
        KeyError: a place has a name that nothing writes.
    """

    def write(place: re.Match[str]) -> str:
        text = "\n".join(PARTS[place["name"]]()).strip()
        return f"{place['begin']}\n{text}\n\n{place['end']}"

    return _PLACE.sub(write, page)


def main() -> None:
    """Write the pages."""
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(rendered(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
