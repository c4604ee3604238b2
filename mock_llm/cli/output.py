"""Writes what a command makes: to the terminal, or into a file that is whole or not there."""

import os
import sys
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_out(pieces: Iterable[bytes], out: Path | None) -> None:
    """Write pieces to a file, or to the standard output if it is None.

    The file appears when it is complete, whatever interrupts us.

    Raises:
        BrokenPipeError: whoever read the standard output is gone.
        OSError: the file cannot be written.
    """
    if out is None:
        _write_to_terminal(pieces)
        return
    handle, name = tempfile.mkstemp(dir=out.absolute().parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        with suppress(OSError):
            Path(name).unlink()
        raise


def _write_to_terminal(pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.flush()
