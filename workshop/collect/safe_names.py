"""Which names can be a folder or file on Linux, macOS and Windows alike."""

from __future__ import annotations

import re
import unicodedata

MAX_CHARACTERS = 200
MAX_BYTES = 255  # what ext4, XFS and APFS allow for one name
_NOT_ON_WINDOWS = '<>:"|?*'
_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
_JOINERS = "\u200c\u200d"  # invisible, but part of the spelling in Persian and Indic scripts


def why_unsafe(name: str) -> str:
    """Why `name` is no safe name, to follow "it"; empty if it is one."""
    if not name.strip():
        return "is empty"
    if "/" in name or "\\" in name:
        return "holds a slash or backslash"
    if name.startswith("."):
        return "begins with a dot"
    if any(_is_control(character) for character in name):
        return "holds a control character"
    if name != name.strip() or name.endswith("."):
        return "begins with a space, or ends in a space or dot"
    if found := [character for character in name if character in _NOT_ON_WINDOWS]:
        return f"holds {found[0]}, which Windows allows in no name"
    if _DEVICES.fullmatch(name):
        return "is the name of a device on Windows"
    if len(name) > MAX_CHARACTERS:
        return f"is longer than {MAX_CHARACTERS} characters"
    if len(name.encode()) > MAX_BYTES:
        return f"takes more than the {MAX_BYTES} bytes that a file system has for a name"
    return ""


def shown(name: str) -> str:
    """`name` fit for a terminal: what cannot be printed is written as its code."""
    return "".join(
        character if character.isprintable() else f"\\u{ord(character):04x}" for character in name
    )


def same_on_some_disks(name: str) -> str:
    """Equal for names that are one name where case or the spelling of accents does not count."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _is_control(character: str) -> bool:
    return character not in _JOINERS and unicodedata.category(character) in {
        "Cc",
        "Cf",
        "Cs",
        "Zl",
        "Zp",
    }
