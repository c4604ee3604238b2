"""Reading settings out of YAML so that a mistake is found by file, key and cause."""

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from reprlib import Repr

import yaml

# Seconds, dollars, factors: thirty years. With more, sums of them would leave the calendar.
MOST = 1e9
MOST_WHOLE = 10**12
_SHORT = Repr()
_SHORT.maxstring = _SHORT.maxlong = _SHORT.maxother = 80


class SettingError(ValueError):
    """A setting that cannot be used; the message names where it stands and what is wrong."""


def read(path: Path) -> "Table":
    """The mapping in a YAML file.

    Raises:
        SettingError: the file is missing, is not YAML, or holds something else than a mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{path}: cannot be read ({error.strerror or error})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingError(f"{path}: is not YAML: {_one_line(error)}") from error
    return Table.of(content, str(path))


def nearest(given: str, known: Iterable[str]) -> str:
    """What may have been meant; "" if nothing is near."""
    return next(iter(get_close_matches(given, list(known), 1)), "")


def nearest_listed(problem: str) -> str:
    """Which of the values that a complaint lists is nearest to the one that it is about; "" if it
    lists none, or none is near."""
    given, found, known = problem.partition("' is none of ")
    return nearest(given.rpartition("'")[2], known.split(", ")) if found else ""


def with_hint(problem: str, hint: str | None = None) -> str:
    """A complaint that ends in what may have been meant, if anything may.

    Args:
        hint: what; None for the nearest of those that the complaint lists.
    """
    meant = nearest_listed(problem) if hint is None else hint
    return f"{problem} (did you mean {meant!r}?)" if meant else problem


class Table:
    """A mapping of settings that knows where it stands, and which of its keys were asked for and
    read."""

    def __init__(self, values: Mapping[str, object], where: str) -> None:
        self._values = values
        self._unread = set(values)
        self._asked: set[str] = set()
        self.where = where

    @classmethod
    def of(cls, value: object, where: str) -> "Table":
        """Take a value as a table.

        Raises:
            SettingError: it is not a mapping with text as keys.
        """
        if value is None:
            value = {}
        if not isinstance(value, Mapping):
            raise SettingError(f"{where}: expected keys with values, got {_shown(value)}")
        for key in value:
            if not isinstance(key, str):
                raise SettingError(f"{where}: the key {key!r} is not text")
        return cls(value, where)

    def __contains__(self, key: str) -> bool:
        self._asked.add(key)
        return self._values.get(key) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def fail(self, key: str, problem: str) -> SettingError:
        """The error that says what is wrong with one key of this table."""
        return SettingError(f"{self.where}: {key}: {with_hint(problem)}")

    def raw(self, key: str) -> object:
        """A value as it stands; None if it is absent."""
        self._asked.add(key)
        self._unread.discard(key)
        return self._values.get(key)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._present(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"expected text, got {_shown(value)}")
        return value

    def integer(
        self, key: str, default: int | None = None, *, least: int = 0, most: int = MOST_WHOLE
    ) -> int:
        value = self._present(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.fail(key, f"expected a whole number, got {_shown(value)}")
        if value < least:
            raise self.fail(key, f"must be at least {least}, got {_shown(value)}")
        if value > most:
            raise self.fail(key, f"must be at most {most:,}, got {_shown(value)}")
        return value

    def number(self, key: str, default: float | None = None, *, most: float = MOST) -> float:
        value = self._present(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(key, f"expected a number, got {_shown(value)}")
        if not 0.0 <= value <= most:
            is_far = most < MOST or MOST < value < math.inf
            limit = f"between 0 and {most:g}" if is_far else "0 or more"
            raise self.fail(key, f"must be {limit}, got {_shown(value)}")
        return float(value)

    def day(self, key: str) -> date | None:
        value = self.raw(key)
        if value is None:
            return None
        if not isinstance(value, date):
            raise self.fail(key, f"expected a date such as 2026-11-22, got {_shown(value)}")
        return value

    def table(self, key: str) -> "Table":
        """The table under a key; empty if it is absent."""
        return Table.of(self.raw(key), f"{self.where}: {key}")

    def tables(self, key: str) -> list["Table"]:
        """The list of tables under a key; empty if it is absent."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, f"expected a list, got {_shown(value)}")
        return [self._item(key, number, each) for number, each in enumerate(value, 1)]

    def text_or_table(self, key: str) -> "str | Table":
        """What is under a key, which may be written as a text or as a table; "" if absent."""
        value = self.raw(key)
        if value is None or isinstance(value, str):
            return value or ""
        return self.table(key)

    def texts_or_tables(self, key: str) -> "list[str | Table]":
        """The list under a key, whose elements may be texts or tables; empty if it is absent."""
        value = self.raw(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.fail(key, f"expected a list, got {_shown(value)}")
        return [
            each if isinstance(each, str) else self._item(key, number, each)
            for number, each in enumerate(value, 1)
        ]

    def _item(self, key: str, number: int, value: object) -> "Table":
        return Table.of(value, f"{self.where}: {key}[{number}]")

    def only_known(self, *also: str) -> None:
        """Refuse what nothing asked for: most often a typing mistake.

        Raises:
            SettingError: naming the first unknown key.
        """
        unknown = sorted(self._unread - set(also))
        if unknown:
            known = sorted(self._asked | set(also))
            problem = f"is not a setting; known here: {', '.join(known)}" if known else "is unknown"
            raise self.fail(unknown[0], with_hint(problem, nearest(unknown[0], known)))

    def _present(self, key: str, default: object) -> object:
        value = self.raw(key)
        if value is None:
            value = default
        if value is None:
            raise self.fail(key, "is missing")
        return value


def _shown(value: object) -> str:
    text = _SHORT.repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())
