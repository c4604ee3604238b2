"""Writes into the pages in docs/mock_llm/ what stands elsewhere, so that they read well anywhere.

    python docs/examples/mock_llm/tables.py

What is said about the code is made from the code, between `<!-- from the code: NAME -->` and
`<!-- end -->`. Programs are copied from the files that a test runs, between
`<!-- from: FILE FILE:SECTION -->` and `<!-- end -->`; a section of a file stands between
`# --8<-- [start:SECTION]` and `# --8<-- [end:SECTION]`. A test compares.
"""

import argparse
import inspect
import json
import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Unpack, get_args, get_origin, get_type_hints
from unittest.mock import patch

from mock_llm import Lab
from mock_llm.admin import make_admin
from mock_llm.app import Application
from mock_llm.cli import main as mock_llm_command
from mock_llm.control import LabControl
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.ledger import DIMENSIONS
from mock_llm.evidence.metrics import families
from mock_llm.evidence.prices import Price, load_prices
from mock_llm.evidence.verdict_rules import RULES
from mock_llm.injected.fault_kinds import ENDPOINTS, KINDS, Kind
from mock_llm.model.models import load_models
from mock_llm.scenario import load_scenario, shipped

HERE = Path(__file__).parent
PAGES = HERE.parents[1] / "mock_llm"
REPOSITORY = HERE.parents[2]
FIGURES = runpy.run_path(str(REPOSITORY / "benchmarks" / "mock_llm" / "figures.py"))
_LANGUAGES = {".mjs": "js", ".py": "python", ".sh": "bash", ".txt": "text", ".yml": "yaml"}
_COPY = re.compile(
    r"(?P<begin><!-- from: (?P<files>[^>]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
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


def models() -> Iterator[str]:
    vendors = {"openai": "OpenAI", "anthropic": "Anthropic"}
    listed = load_prices()
    rows = []
    for model in load_models().values():
        price = listed.on(model.id, date.max)
        paid, _, said = _dollars(price)
        cells = (f"`{model.id}`", vendors[model.owner], model.serves, f"{model.context_window:,}")
        shutdown = str(model.shutdown_date) if model.shutdown_date else ""
        rows.append((*cells, f"{model.max_output:,}", paid, said, shutdown))
    heading = ("id", "vendor", "serves", "context", "longest output", "input", "output", "shutdown")
    yield from table(heading, rows)


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
        if not path.startswith("/_mock/"):
            continue
        for method, call in calls.items():
            said = str(call.get("description", "")).split("\n\n")[0]
            rows.append((f"`{method.upper()} {path}`", said.replace("\n", " "), _body(call)))
    yield from table(("call", "what it does", "a body"), rows)


def _body(call: Mapping[str, Any]) -> str:
    """The example of a body; "" if the call has none."""
    content = call.get("requestBody", {}).get("content", {}).get("application/json", {})
    examples = content.get("schema", {}).get("examples", [])
    return f"`{json.dumps(examples[0])}`" if examples else ""


def metrics() -> Iterator[str]:
    rows = []
    for family in families(()):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(f"`{each}`" for each in family._labelnames)  # type: ignore[attr-defined]
        rows.append((f"`{name}`", family.type, labels, family.documentation))
    yield from table(("metric", "type", "labels", "what it is"), rows)


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
    """The names of a method's parameters; behind the star those that have to be named."""
    said: list[str] = []
    for name, parameter in inspect.signature(method).parameters.items():
        is_open = parameter.kind is inspect.Parameter.VAR_KEYWORD
        if (is_open or parameter.kind is inspect.Parameter.KEYWORD_ONLY) and "*" not in said:
            said.append("*")
        if get_origin(parameter.annotation) is Unpack:
            said += get_type_hints(get_args(parameter.annotation)[0])
        elif name != "self":
            said.append(f"**{name}" if is_open else name)
    return ", ".join(said)


def _first_sentence(method: Callable[..., object]) -> str:
    text = " ".join((inspect.getdoc(method) or "").split("\n\n")[0].split())
    return text.partition("; see ")[0].rstrip(".") + "."


def journal() -> Iterator[str]:
    yield ", ".join(f"`{field.name}`" for field in fields(Entry)) + "."


def verdict() -> Iterator[str]:
    found = {False: "bad", None: "open", True: "good"}
    yield from table(
        ("finding", "", "what was seen"),
        (
            (f"`{name}`", found[good], (inspect.getdoc(rule) or "").rstrip("."))
            for good, rules in RULES.items()
            for name, rule in rules.items()
        ),
    )


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
    "models": models,
    "metrics": metrics,
    "command": command,
    "admin": admin,
    "python": python,
    "journal": journal,
    "verdict": verdict,
    "dimensions": dimensions,
    "endpoints": endpoints,
    "report": report,
    **{f"figures-{name}": FIGURES[name] for name in ("speed", "streams", "million")},
}


def table(heading: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table in Markdown."""
    yield _row(heading)
    yield "|" + "---|" * len(heading)
    yield from map(_row, rows)


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def program(files: str) -> str:
    """Files, or sections of them, as one block of code.

    Args:
        files: their paths from the repository's folder, with spaces between; a section's name
            stands behind a colon.

    Raises:
        OSError: a file is not there.
        ValueError: a file has no such section.
    """
    names = files.split()
    code = "\n\n".join(_copied(name) for name in names)
    suffix = Path(names[0].partition(":")[0]).suffix
    return f"```{_LANGUAGES.get(suffix, suffix[1:])}\n{code}\n```"


def _copied(name: str) -> str:
    path, _, section = name.partition(":")
    text = (REPOSITORY / path).read_text("utf-8")
    if section:
        begin, end = (f"# --8<-- [{edge}:{section}]\n" for edge in ("start", "end"))
        if begin not in text or end not in text:
            raise ValueError(f"{path} has no section {section}")
        text = text.partition(begin)[2].partition(end)[0]
    return text.strip("\n")


def rendered(page: str) -> str:
    """A page's text, with every marked place written anew.

    Raises:
        KeyError: a place has a name that nothing writes.
        OSError: a place is for a file that is not there.
        ValueError: a place is for a section that its file has not.
    """

    def write(place: re.Match[str]) -> str:
        text = "\n".join(PARTS[place["name"]]()).strip()
        return f"{place['begin']}\n{text}\n\n{place['end']}"

    def copy(place: re.Match[str]) -> str:
        return f"{place['begin']}\n{program(place['files'])}\n\n{place['end']}"

    return _COPY.sub(copy, _PLACE.sub(write, page))


def main() -> None:
    """Write the pages."""
    for path in sorted(PAGES.glob("*.md")):
        path.write_text(rendered(path.read_text("utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
