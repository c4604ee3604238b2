"""The whole journal on disk: an SQLite file with one row a request, in table `requests`.

A row is committed before its reply is sent, so every reply that a client received whole is in the
file, whatever becomes of the server's process afterwards; only a crash of the operating system can
lose the newest rows (SQLite's synchronous=OFF: nothing waits for the disk itself). The view
`ledger` has the rows that cost something. Several runs can share a file; `run` tells them apart.
"""

import sqlite3
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_llm.yamlfile import SettingError

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

SCHEMA_VERSION = 2
# Name → SQL type, in the order of the table's columns.
COLUMNS = {
    "run": "TEXT",
    "lab": "TEXT",
    "key": "TEXT",
    "sequence": "INTEGER",
    "id": "TEXT",
    "received_at": "REAL",
    "day": "TEXT",
    "endpoint": "TEXT",
    "model": "TEXT",
    "user": "TEXT",
    "feature": "TEXT",
    "stream": "INTEGER",
    "status": "INTEGER",
    "outcome": "TEXT",
    "fault": "TEXT",
    "error": "TEXT",
    "finish_reason": "TEXT",
    "prompt_tokens": "INTEGER",
    "cached_tokens": "INTEGER",
    "cache_write_tokens": "INTEGER",
    "completion_tokens": "INTEGER",
    "reasoning_tokens": "INTEGER",
    "batch": "INTEGER",
    "cost_nanodollars": "INTEGER",
    "item": "TEXT",
    "matched": "INTEGER",
    "correct": "INTEGER",
    "truth": "TEXT",
    "invented": "TEXT",
    "first_token_s": "REAL",
    "duration_s": "REAL",
    "retry_count": "INTEGER",
    "retry_after_s": "REAL",
    "timeout_s": "REAL",
    "content": "TEXT",
    "answer": "TEXT",
    "body": "BLOB",
}
_INSERT = f"INSERT INTO requests VALUES ({', '.join('?' * len(COLUMNS))})"  # noqa: S608
_UPDATE = (
    f"UPDATE requests SET ({', '.join(COLUMNS)}) = ({', '.join('?' * len(COLUMNS))}) "  # noqa: S608
    "WHERE rowid = "
    "(SELECT rowid FROM requests WHERE id = ? AND run = ? ORDER BY rowid DESC LIMIT 1)"
)


class DiskJournal:
    """Writes every request of a server to a file. Safe to use from any thread.

    Args:
        path: the file; it is made if it is not there, and added to if it is a journal.

    Raises:
        SettingError: the file cannot be opened, or is something else.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.run = f"{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}-{uuid.uuid4().hex[:8]}"
        self._lock = threading.Lock()
        try:
            # Every statement is a transaction of its own.
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self._prepare()
        except sqlite3.Error as error:
            raise SettingError(f"journal {path}: cannot be used ({error})") from error

    def _prepare(self) -> None:
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and self._db.execute("SELECT 1 FROM sqlite_master").fetchone():
            raise SettingError(f"journal {self.path}: is an SQLite file of something else")
        if version not in (0, SCHEMA_VERSION):
            raise SettingError(
                f"journal {self.path}: was written by another version of mock_llm "
                f"(format {version}, this one writes {SCHEMA_VERSION}); name another file"
            )
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=OFF")
        self._db.execute("PRAGMA wal_autocheckpoint=4000")
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        self._db.execute(f"CREATE TABLE IF NOT EXISTS requests ({columns})")
        self._db.execute(
            "CREATE VIEW IF NOT EXISTS ledger AS SELECT run, lab, key, id, day, model, user, "
            "feature, batch, prompt_tokens, cached_tokens, cache_write_tokens, completion_tokens, "
            "reasoning_tokens, cost_nanodollars FROM requests "
            "WHERE prompt_tokens > 0 OR completion_tokens > 0"
        )
        self._db.execute(f"PRAGMA user_version={SCHEMA_VERSION}")

    def write(self, lab: str, visit: "Visit") -> None:
        """Write down a closed request; on return it survives the end of this process.

        Raises:
            sqlite3.Error: the file cannot be written, for example because the disk is full.
        """
        row = self._row(lab, visit)
        with self._lock:
            self._db.execute(_INSERT, row)

    def amend(self, lab: str, visit: "Visit") -> None:
        """Write the row of a closed request anew. Newest rows are found first.

        Raises:
            sqlite3.Error: the file cannot be written.
        """
        row = self._row(lab, visit)
        with self._lock:
            self._db.execute(_UPDATE, (*row, visit.id, self.run))

    def _row(self, lab: str, visit: "Visit") -> tuple[Any, ...]:
        usage = visit.usage
        return (
            self.run,
            lab,
            visit.key,
            visit.sequence,
            visit.id,
            visit.wall,
            visit.day,
            visit.endpoint,
            visit.model,
            visit.user,
            visit.feature,
            visit.stream,
            visit.status,
            visit.outcome,
            visit.fault,
            visit.error,
            visit.finish_reason,
            usage.prompt,
            usage.cached,
            usage.cache_write_5m + usage.cache_write_1h,
            usage.completion,
            usage.reasoning,
            visit.batch,
            visit.cost_nanodollars,
            visit.item,
            visit.matched,
            visit.correct,
            visit.truth,
            visit.invented,
            visit.first_token_s,
            visit.duration_s,
            visit.retry_count,
            visit.retry_after_s,
            visit.timeout_s,
            visit.content,
            visit.answer,
            visit.body,
        )

    def close(self) -> None:
        """Move everything into the one file, and let go of it."""
        with self._lock:
            self._db.close()


def read(path: Path, lab: str | None = None) -> Iterator[dict[str, Any]]:
    """The rows of a journal on disk, in the order in which they were written.

    Works beside a running server, and after one that was killed.

    Args:
        lab: only this lab's rows.

    Raises:
        SettingError: there is no journal at `path`.
    """
    if not path.is_file():
        raise SettingError(f"journal {path}: there is no such file")
    try:
        with closing(sqlite3.connect(path)) as db:
            if db.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
                raise SettingError(f"journal {path}: is not a journal of this version of mock_llm")
            db.row_factory = sqlite3.Row
            chosen = ("SELECT * FROM requests WHERE lab = ? ORDER BY rowid", (lab,))
            everything = ("SELECT * FROM requests ORDER BY rowid", ())
            for row in db.execute(*(everything if lab is None else chosen)):
                yield dict(row)
    except sqlite3.Error as error:
        raise SettingError(f"journal {path}: cannot be read ({error})") from error
