"""One request that no model runs for: it reads or changes what a lab keeps, and costs nothing."""

from collections.abc import Awaitable, Callable

from mock_llm.engine import failed
from mock_llm.evidence.visit import Visit
from mock_llm.job import Line
from mock_llm.lab import Lab

Act = Callable[[], Awaitable[bytes]]
Send = Callable[[bytes], Awaitable[None]]


async def run(lab: Lab, visit: Visit, content: str, line: Line, act: Act, send: Send) -> None:
    """Take a request from admission to its last byte; `act` does it and gives the reply's body.

    A fault strikes before anything is changed.

    Raises:
        Refusal: a fault or `act` says so.
        ClientGone: the client left.
    """
    if await failed(lab, visit, content, line):
        return
    body = await act()
    visit.close("ok", 200)
    await send(body)
