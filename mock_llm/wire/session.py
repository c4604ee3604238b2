"""One request's way through a provider's API: note that it came, answer it, refuse it, log bugs.

The same for every provider; what differs is a `Dialect`.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Protocol

from mock_llm.evidence.keys import short
from mock_llm.evidence.visit import Visit
from mock_llm.lab import Lab
from mock_llm.labs import MOST_UNDERWAY, Labs, too_many_at_once
from mock_llm.refusals import ClientGone, Refusal
from mock_llm.wire.connection import Connection
from mock_llm.wire.last_resort import JSON, body_of, bug
from mock_llm.wire.portless import Broken
from mock_llm.wire.sdk_headers import retry_count, seconds

Header = tuple[bytes, bytes]


class Dialect(Protocol):
    """How one provider's API speaks."""

    async def answer(self, lab: Lab, visit: Visit, line: Connection) -> None:
        """Answer a request of a lab that is open; raises Refusal."""

    def headers(self, lab: Lab, visit: Visit, tokens: int) -> Iterable[Header]:
        """The headers of every reply, to a request that used so many tokens."""

    async def refuse(self, lab: Lab, visit: Visit, line: Connection, refusal: Refusal) -> None:
        """Write a refusal down and send it, as an event if the reply has begun."""


async def attend(
    labs: Labs, key: str, endpoint: str, line: Connection, dialect: Dialect, most_bytes: int
) -> None:
    """Take a request from its arrival to its last byte.

    Args:
        key: the API key that chooses the lab; "" if there is none.
        endpoint: the name under which the request stands in the journal.
        most_bytes: how large its body may be.
    """
    refused: Refusal | None = None
    try:
        lab = labs.open(key)
    except Refusal as refusal:
        lab, refused = labs.nobodys, refusal
    except Exception as error:
        lab, refused = labs.nobodys, bug(error, f"opening a lab for {line.method} {line.path}")
    if lab.agenda.is_behind:
        await lab.agenda.up_to_date()
    visit = lab.arrive(endpoint, short(key))
    try:
        if refused is None and lab.underway > MOST_UNDERWAY:
            refused = too_many_at_once()
        note_headers(visit, line)
        line.make_headers = lambda tokens: dialect.headers(lab, visit, tokens)
        visit.body = await line.read(most_bytes)
        if refused is not None:
            raise refused
        await dialect.answer(lab, visit, line)
    except Refusal as refusal:
        visit.name(line.method.encode(), line.path.encode("utf-8", "replace"), visit.body)
        await dialect.refuse(lab, visit, line, refusal)
    except ClientGone as gone:
        visit.close("cancelled", 0)
        if gone.__cause__ is not None:
            raise gone.__cause__ from None
    except asyncio.CancelledError:
        visit.close("cancelled", 0)
        raise
    except Broken:
        raise
    except Exception as error:
        if line.replied and await line.has_broken():
            visit.close("cancelled", 0)
            return
        if line.ended or (line.replied and not line.begun):
            raise  # it broke while it was written to; no other reply can be sent
        await _own_up(lab, visit, line, dialect, error)
    finally:
        line.close()
        visit.close("error", 0)  # whatever happened, it is over


async def _own_up(
    lab: Lab, visit: Visit, line: Connection, dialect: Dialect, error: Exception
) -> None:
    """Reply to a request that met a bug."""
    refusal = bug(error, f"{line.method} {line.path}")
    try:
        await dialect.refuse(lab, visit, line, refusal)
    except Exception:
        if line.replied:
            raise
        await line.answer(500, JSON, body_of(refusal), ())


def bearer(headers: Mapping[bytes, bytes]) -> str:
    """The API key in an Authorization header; "" if there is none."""
    scheme, _, key = headers.get(b"authorization", b"").partition(b" ")
    return key.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def allow(line: Connection, *methods: str) -> None:
    """Raises Refusal unless the request came by one of these methods."""
    if line.method not in methods:
        raise Refusal(
            "wrong_method",
            f"Not allowed to {line.method} on {line.path} (use {' or '.join(methods)}).",
            headers={"allow": ", ".join(methods)},
        )


def header(line: Connection, name: bytes) -> str | None:
    """The text of a request's header."""
    value = line.headers.get(name)
    return value.decode("latin-1") if value else None


def note_headers(visit: Visit, line: Connection) -> None:
    """What the official SDKs say about themselves."""
    visit.retry_count = retry_count(line.headers.get(b"x-stainless-retry-count", b""))
    visit.timeout_s = seconds(line.headers.get(b"x-stainless-read-timeout", b""))
    line.timeout_s = visit.timeout_s
