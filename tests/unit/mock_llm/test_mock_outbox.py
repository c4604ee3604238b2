"""Replies that are sent together: when, in which order, and what becomes of them at the end."""

import asyncio

import pytest

from mock_llm.outbox import Outbox, Outlet


class Transport:
    def __init__(self, log):
        self.log = log
        self.closed = False

    def write(self, data):
        assert not self.closed
        self.log.append(data)

    def is_closing(self):
        return self.closed


@pytest.fixture
def log():
    return []


def outlets(log, count=2):
    outbox, transports = Outbox(), [Transport(log) for _ in range(count)]
    return transports, [Outlet(outbox, transport) for transport in transports]


@pytest.mark.anyio
async def test_what_is_said_in_one_turn_is_sent_after_it_in_order(log):
    _, (first, second) = outlets(log)
    first.write(b"a")
    second.write(b"b")
    assert log == []
    await asyncio.sleep(0)
    assert log == [b"a", b"b"]
    first.write(b"c")
    await asyncio.sleep(0)
    assert log == [b"a", b"b", b"c"]


@pytest.mark.anyio
async def test_one_connection_holds_one_piece_back_and_keeps_the_order(log):
    _, (outlet,) = outlets(log, 1)
    for piece in (b"a", b"b", b"c"):
        outlet.write(piece)
    assert log == [b"a", b"b"]
    await asyncio.sleep(0)
    assert log == [b"a", b"b", b"c"]


@pytest.mark.anyio
async def test_what_is_flushed_early_is_not_sent_again(log):
    _, (outlet, _) = outlets(log)
    outlet.write(b"a")
    outlet.flush()
    assert log == [b"a"]
    await asyncio.sleep(0)
    assert log == [b"a"]


@pytest.mark.anyio
async def test_who_has_left_by_then_is_no_trouble_for_the_others(log):
    (gone, _), (first, second) = outlets(log)
    first.write(b"a")
    second.write(b"b")
    gone.closed = True
    await asyncio.sleep(0)
    assert log == [b"b"]
