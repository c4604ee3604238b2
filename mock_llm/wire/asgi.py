"""The types of ASGI, as far as they are used here."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

ABORT = "mock_llm.abort"
"""The key in scope["extensions"] of a function that resets the connection."""

PLAY = "mock_llm.play"
"""The same of a function that sends a stream's parts when they are due; see `mock_llm.player`."""

HANG_UP = "mock_llm.hang_up"
"""The same of a function that closes the connection in good order."""
