"""Settings that know in which line they stand, and that go on after a mistake.

`Table` stops at the first mistake, which is right for a server that starts. Whoever checks a file
wants them all: here unknown keys are noted instead of raised, and what a mistake is about can be
taken out, so that the rest can be read again.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from mock_llm.yamlfile import SettingError, Table, nearest, nearest_listed, with_hint


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """What is wrong at one place of a file; `hint` is what may have been meant."""

    file: str
    line: int
    key: str
    problem: str
    hint: str = ""
    is_warning: bool = False

    def __str__(self) -> str:
        kind = "warning: " if self.is_warning else ""
        problem = with_hint(self.problem, self.hint)
        return f"{self.file}:{self.line}: {kind}{self.key}: {problem}"


class Marked(dict[str, Any]):
    """A mapping that knows in which line it and each of its keys stand."""

    line: int
    lines: dict[str, int]


class MarkedList(list[Any]):
    """A list whose elements keep their numbers when others are taken out."""

    line: int
    numbers: list[int]
    lines: list[int]

    def take_out(self, number: int) -> None:
        place = self.numbers.index(number)
        del self[place], self.numbers[place], self.lines[place]


class _Loader(yaml.SafeLoader):
    """Makes marked values, and notes keys that are given twice."""

    twice: list[tuple[int, str]]


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Iterator[Marked]:
    found = Marked()
    found.line, found.lines = node.start_mark.line + 1, {}
    yield found
    loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        line = key_node.start_mark.line + 1
        if not isinstance(key, str):
            raise yaml.constructor.ConstructorError(
                problem=f"the key {key!r} is not text", problem_mark=key_node.start_mark
            )
        if key in found and found.lines[key] >= found.line:
            loader.twice.append((line, key))
        found[key] = loader.construct_object(value_node, deep=True)
        found.lines[key] = line


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Iterator[MarkedList]:
    found = MarkedList()
    found.line = node.start_mark.line + 1
    yield found
    for each in node.value:
        found.append(loader.construct_object(each, deep=True))
    found.numbers = list(range(1, len(found) + 1))
    found.lines = [each.start_mark.line + 1 for each in node.value]


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)


def read_marked(path: Path, note: Callable[[Finding], None]) -> Marked | None:
    """The mapping in a YAML file; None if there is none, which is noted.

    Raises:
        OSError: the file cannot be read.
    """
    try:
        loader = _Loader(path.read_text(encoding="utf-8"))
        loader.twice = []
        try:
            content = loader.get_single_data()
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = error.problem or str(error)
        if "but got" in problem:
            problem += "; between [ ] or { } a text with any of { } [ ] , ? needs quotes"
        note(Finding(str(path), mark.line + 1 if mark else 1, "YAML", problem))
        return None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        note(Finding(str(path), 1, "YAML", " ".join(str(error).split())))
        return None
    for line, key in loader.twice:
        note(Finding(str(path), line, key, "is given twice; the last one counts"))
    if not isinstance(content, Marked):
        note(Finding(str(path), 1, "file", "expected keys with values"))
        return None
    return content


class Misplaced(SettingError):
    """A mistake at a known place.

    Args:
        take_out: takes what is wrong out of the file's content; False if that cannot be.
        forget: takes out the table in which it stands.
    """

    def __init__(
        self, finding: Finding, take_out: Callable[[], bool], forget: Callable[[], bool]
    ) -> None:
        super().__init__(str(finding))
        self.finding = finding
        self.take_out = take_out
        self.forget = forget


class PlacedTable(Table):
    """A table of a marked mapping; see `mock_llm.yamlfile.Table`.

    Args:
        path: the keys that lead here.
        note: told about unknown keys.
        forget: takes this table out of what holds it; False if nothing does.
    """

    def __init__(
        self,
        values: Marked,
        file: str,
        path: str,
        note: Callable[[Finding], None],
        forget: Callable[[], bool],
    ) -> None:
        super().__init__(values, path or file)
        self._marked = values
        self._file = file
        self._path = path
        self._note = note
        self._forget = forget

    def fail(self, key: str, problem: str) -> SettingError:
        element = _ELEMENT.fullmatch(key)
        listed = self._marked.get(element["key"]) if element else None
        if element is not None and isinstance(listed, MarkedList):
            return self._wrong_element(element["key"], int(element["place"]), problem)
        line = self._marked.lines.get(key, self._marked.line)
        finding = Finding(self._file, line, self._at(key), problem, nearest_listed(problem))
        return Misplaced(finding, lambda: self._take_out(key), self._forget)

    def _wrong_element(self, key: str, place: int, problem: str) -> "Misplaced":
        """What is wrong with the element that is now at a place of a list, counted from 1."""
        listed = self._marked[key]
        number, line = listed.numbers[place - 1], listed.lines[place - 1]
        finding = Finding(self._file, line, self._at(f"{key}[{number}]"), problem)

        def take_out() -> bool:
            if number in listed.numbers:
                listed.take_out(number)
                return True
            return self._forget()

        return Misplaced(finding, take_out, self._forget)

    def _take_out(self, key: str) -> bool:
        return self._marked.pop(key, None) is not None or self._forget()

    def table(self, key: str) -> Table:
        value = self.raw(key)
        if value is None:
            value = Marked()
            value.line, value.lines = self._marked.lines.get(key, self._marked.line), {}
        if not isinstance(value, Marked):
            raise self.fail(key, f"expected keys with values, got {value!r}")

        at = self._at(key)
        return PlacedTable(value, self._file, at, self._note, lambda: self._take_out(key))

    def _item(self, key: str, number: int, value: object) -> Table:
        wrong = self._wrong_element(key, number, f"expected keys with values, got {value!r}")
        if not isinstance(value, Marked):
            raise wrong
        return PlacedTable(value, self._file, wrong.finding.key, self._note, wrong.take_out)

    def only_known(self, *also: str) -> None:
        known = sorted(self._asked | set(also))
        for key in sorted(self._unread - set(also)):
            problem = f"is not a setting; known here: {', '.join(known)}"
            line = self._marked.lines.get(key, self._marked.line)
            self._note(Finding(self._file, line, self._at(key), problem, nearest(key, known)))

    def _at(self, key: str) -> str:
        return f"{self._path}: {key}" if self._path else key


_ELEMENT = re.compile(r"(?P<key>.+)\[(?P<place>\d+)\]")


def all_mistakes(
    content: Marked,
    file: str,
    parse: Callable[[Table], object],
    note: Callable[[Finding], None],
) -> Any:
    """Parse a file's content again and again, taking out what is wrong, until it can be parsed.

    Returns:
        what `parse` gives for what is left; None if nothing is.
    """
    noted: list[str] = []
    while True:
        try:
            return parse(PlacedTable(content, file, "", note, lambda: False))
        except Misplaced as wrong:
            key = wrong.finding.key
            # What lacks only what was taken out of it is no mistake of its own.
            if any(each == key or each.startswith((f"{key}:", f"{key}[")) for each in noted):
                goes_on = wrong.forget()
            else:
                note(wrong.finding)
                noted.append(key)
                goes_on = wrong.take_out()
            if not goes_on:
                return None
        except SettingError as error:
            note(Finding(file, content.line, "file", str(error)))
            return None
