import asyncio

import pytest

from mock_llm.player import Player


@pytest.fixture
def anyio_backend():
    return "asyncio"


class Transport:
    """Remembers what was written, and when."""

    def __init__(self):
        self.written = []

    def write(self, data):
        self.written.append((asyncio.get_running_loop().time(), data))

    @property
    def texts(self):
        return [data for _, data in self.written]


class Flow:
    write_paused = False


def parts(*moments):
    now = asyncio.get_running_loop().time()
    return [(now + moment, b"<%d>" % number) for number, moment in enumerate(moments)]


@pytest.mark.anyio
async def test_each_part_goes_out_when_it_is_due_and_not_before():
    transport, due = Transport(), parts(0.0, 0.05, 0.1)
    assert await Player(transport, Flow(), iter(due)).done
    assert transport.texts == [b"3\r\n<0>\r\n", b"3\r\n<1>\r\n", b"3\r\n<2>\r\n"]
    for (moment, _), (sent, _) in zip(due, transport.written, strict=True):
        assert sent >= moment - 0.001


@pytest.mark.anyio
async def test_what_is_due_together_goes_out_together():
    transport = Transport()
    assert await Player(transport, Flow(), iter(parts(-1.0, 0.0, 0.05, 0.05))).done
    assert transport.texts == [b"6\r\n<0><1>\r\n", b"6\r\n<2><3>\r\n"]


@pytest.mark.anyio
async def test_nothing_to_send_is_done_at_once():
    transport = Transport()
    assert await Player(transport, Flow(), iter(())).done
    assert transport.written == []


@pytest.mark.anyio
async def test_a_slow_reader_is_waited_for():
    transport, flow = Transport(), Flow()
    flow.write_paused = True
    player = Player(transport, flow, iter(parts(0.0, 0.0)))
    await asyncio.sleep(0.05)
    assert transport.written == []
    flow.write_paused = False
    player.go_on()
    assert await player.done
    assert transport.texts == [b"6\r\n<0><1>\r\n"]


@pytest.mark.anyio
async def test_a_player_that_was_stopped_sends_nothing_more_and_says_so():
    transport = Transport()
    player = Player(transport, Flow(), iter(parts(0.0, 0.03)))
    player.stop()
    assert not await player.done
    await asyncio.sleep(0.05)
    assert transport.texts == [b"3\r\n<0>\r\n"]


@pytest.mark.anyio
async def test_parts_are_made_only_when_they_are_due():
    made = []

    def lazily():
        for part in parts(0.0, 0.05, 0.1, 60.0):
            made.append(part)
            yield part

    player = Player(Transport(), Flow(), lazily())
    assert len(made) == 2
    player.stop()
