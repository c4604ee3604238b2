"""The files of a zip that a stranger made: nothing is unpacked to disk, nothing is believed."""

from __future__ import annotations

import datetime
import io
import stat
import zipfile
import zlib

from workshop.collect.members import Member, Refused, inside, unread

# Each entry has one such mark, and Python needs memory for each. Far above the limit of entries.
_ENTRY, _MAX_ENTRY_MARKS = b"PK\x01\x02", 20_000
# The others (bzip2, lzma) can blow up a few bytes to gigabytes before Python counts them.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED, _UTF8 = 0x1, 0x800
# All that `zipfile` was seen to raise for damaged input; RuntimeError is its "needs a password".
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError)


def open_zip(name: str, content: bytes) -> zipfile.ZipFile:
    """A zip that lies in memory. Raises Refused if it is none, damaged or made to be too big."""
    if content.count(_ENTRY) > _MAX_ENTRY_MARKS:
        raise Refused(f"{name} has more than {_MAX_ENTRY_MARKS} entries")
    try:
        return zipfile.ZipFile(io.BytesIO(content))
    except BROKEN:
        raise Refused(f"{name} is damaged, or no zip file") from None


def members_of_zip(zipped: zipfile.ZipFile) -> list[Member]:
    """Its files, in its order. Folders that hold nothing are members that end in "/"."""
    return [_member(zipped, info) for info in zipped.infolist()]


def _member(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> Member:
    raw, modified = _name(info), _modified(info)
    try:
        path = inside(raw)
    except Refused as refused:
        return Member(raw, info.file_size, modified, unread, flaw=str(refused))
    if raw.replace("\\", "/").endswith("/"):
        return Member(f"{path}/", 0, modified, unread)
    if stat.S_ISLNK(info.external_attr >> 16):
        return Member(path, 0, modified, unread, link=True)
    if info.flag_bits & _ENCRYPTED:
        return Member(path, info.file_size, modified, unread, flaw=f"{path} is encrypted")

    def read() -> bytes:
        if info.compress_type not in _METHODS:
            raise Refused(f"{path} is packed in a way that is not opened here (only deflate is)")
        try:
            return zipped.read(info)
        except BROKEN:
            raise Refused(f"{path} is damaged") from None

    return Member(path, info.file_size, modified, read)


def _name(info: zipfile.ZipInfo) -> str:
    """The name as it was meant: macOS and Canvas write UTF-8 without saying so."""
    name = info.orig_filename  # `filename` ends at a NUL, which hides what follows
    if info.flag_bits & _UTF8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _modified(info: zipfile.ZipInfo) -> datetime.datetime:
    try:
        return datetime.datetime(*info.date_time)
    except ValueError:  # month 0 and the like
        return datetime.datetime(1980, 1, 1)
