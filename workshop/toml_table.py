"""Reads a TOML file by named keys, so that every mistake is reported with its file and key."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path


class TableError(ValueError):
    """A TOML file that does not say what it should; the text names the file, the key and why."""


class Table:
    """One TOML table. Each read takes a key out; `end()` complains about keys nobody took."""

    def __init__(self, data: Mapping[str, object], file: Path, at: str = "") -> None:
        self._data = dict(data)
        self._file = file
        self._at = at

    @classmethod
    def read(cls, file: Path) -> Table:
        """The top table of `file`. Raises TableError if it is missing or is not TOML."""
        try:
            return cls(tomllib.loads(file.read_text(encoding="utf-8")), file)
        except FileNotFoundError:
            raise TableError(f"{file}: this file is missing") from None
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
            raise TableError(f"{file}: cannot be read as TOML: {problem}") from None

    def error(self, key: str, problem: str) -> TableError:
        """An error that names this table's file and `key`."""
        return TableError(f"{self._file}: {self._at}{key}: {problem}")

    def string(self, key: str) -> str:
        value = self._take(key)
        if not isinstance(value, str):
            raise self.error(key, f"must be text, is {value!r}")
        return value

    def text(self, key: str) -> str:
        value = self.string(key)
        if not value.strip():
            raise self.error(key, "must not be empty")
        return value

    def one_of(self, key: str, *allowed: str) -> str:
        value = self.text(key)
        if value not in allowed:
            raise self.error(key, f"must be {' or '.join(allowed)}, is {value!r}")
        return value

    def positive(self, key: str) -> int:
        value = self._take(key)
        if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
            raise self.error(key, f"must be a whole number above 0, is {value!r}")
        return value

    def texts(self, key: str, *, optional: bool = False) -> tuple[str, ...]:
        value = self._data.pop(key, []) if optional else self._take(key)
        if not isinstance(value, list):
            raise self.error(key, f"must be a list of texts, is {value!r}")
        texts = tuple(text for text in value if isinstance(text, str) and text.strip())
        if len(texts) != len(value):
            raise self.error(key, f"must hold only texts that are not empty, is {value!r}")
        return texts

    def tables(self, key: str, *, optional: bool = False) -> list[Table]:
        value = self._data.pop(key, []) if optional else self._take(key)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise self.error(key, f"must be written as [[{key}]] tables")
        return [
            Table(row, self._file, f"{self._at}{key} {_name_of(row, index)}, ")
            for index, row in enumerate(value, 1)
        ]

    def end(self) -> None:
        """Raises TableError if the table holds a key that nobody asked for."""
        for key in self._data:
            raise self.error(key, "is not a key that is known here; is it misspelt?")

    def _take(self, key: str) -> object:
        if key not in self._data:
            raise self.error(key, "is missing")
        return self._data.pop(key)


def _name_of(row: Mapping[str, object], index: int) -> str:
    for key in ("id", "name", "number"):
        if isinstance(row.get(key), str):
            return str(row[key])
    return f"no. {index}"
