"""Code objects without lines and without the names of their locals."""

from __future__ import annotations

import inspect
import random
from types import CodeType

# Who calls one of these sees the names of locals.
LOOKS_AT_NAMES = {"locals", "vars", "dir", "eval", "exec"}
# An entry of CPython's location table (Objects/locations.md): no columns, up to eight code units.
_NO_COLUMNS, _UNITS_OF_AN_ENTRY, _SAME_LINE = 0x80 | 13 << 3, 8, b"\0"


def anonymous(code: CodeType, chance: random.Random) -> CodeType:
    """The same code, all of it on line 1, with names drawn by chance for its locals.

    Arguments keep theirs, because callers use them, and so do the variables of closures.
    """
    constants = tuple(
        anonymous(each, chance) if isinstance(each, CodeType) else each for each in code.co_consts
    )
    return code.replace(
        co_consts=constants,
        co_varnames=_variable_names(code, chance),
        co_firstlineno=1,
        co_linetable=_one_line(len(code.co_code) // 2),
    )


def _variable_names(code: CodeType, chance: random.Random) -> tuple[str, ...]:
    if LOOKS_AT_NAMES.intersection(code.co_names):
        return code.co_varnames
    more = (inspect.CO_VARARGS, inspect.CO_VARKEYWORDS)
    arguments = code.co_argcount + code.co_kwonlyargcount
    arguments += sum(bool(code.co_flags & flag) for flag in more)
    kept = {*code.co_varnames[:arguments], *code.co_cellvars}
    return tuple(
        name if name in kept or not name.isidentifier() else f"v{chance.getrandbits(40):010x}"
        for name in code.co_varnames
    )


def _one_line(units: int) -> bytes:
    entries = bytearray()
    while units > 0:
        taken = min(units, _UNITS_OF_AN_ENTRY)
        entries += bytes([_NO_COLUMNS | taken - 1]) + _SAME_LINE
        units -= taken
    return bytes(entries)
