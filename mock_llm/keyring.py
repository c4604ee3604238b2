"""Keys to register: those that stand together lead to one lab."""

from collections.abc import Sequence
from pathlib import Path

from mock_llm.labs import LONGEST_KEY
from mock_llm.yamlfile import SettingError

Keys = Sequence[Sequence[str]]


def read_keys(path: Path) -> Keys:
    """The keys in a file: a line for each lab, its keys with spaces between; # begins a comment.

    Raises:
        SettingError: the file cannot be read, or naming the line and what is wrong with it.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise SettingError(f"keys {path}: cannot be read ({error.strerror or error})") from error
    except UnicodeDecodeError as error:
        raise SettingError(f"keys {path}: cannot be read ({error})") from error
    groups = [line.partition("#")[0].split() for line in lines]
    return _checked([group for group in groups if group], f"keys {path}")


def parse_keys(groups: Keys) -> Keys:
    """Keys that are plain data, checked.

    Raises:
        SettingError: saying which key is wrong.
    """
    return _checked(groups, "keys")


def _checked(groups: Keys, where: str) -> Keys:
    seen: set[str] = set()
    for group in groups:
        if not group:
            raise SettingError(f"{where}: a lab without a key")
        for key in group:
            if not key or key.split() != [key] or len(key) > LONGEST_KEY:
                raise SettingError(
                    f"{where}: {key[:40]!r} is no key: 1 to {LONGEST_KEY} characters, no spaces"
                )
            if key in seen:
                raise SettingError(f"{where}: {key[:40]!r} stands there twice")
            seen.add(key)
    return groups
