"""The labs of a server, by API key."""

import threading
from collections.abc import Callable

from mock_llm.lab import Lab
from mock_llm.refusals import Refusal

MOST_LABS = 10_000
LONGEST_KEY = 512


class Labs:
    """Opens a lab when its key is first used; requests without a key share one of their own."""

    def __init__(self, make: Callable[[str], Lab], most: int = MOST_LABS) -> None:
        self._make = make
        self._most = most
        self._labs: dict[str, Lab] = {}
        self._by_header: dict[bytes, tuple[Lab, str]] = {}
        self._lock = threading.Lock()
        self.nobodys = make("")

    def __len__(self) -> int:
        return len(self._labs)

    def at_hand(self, authorization: bytes | None) -> tuple[Lab, str] | None:
        """The lab of an Authorization header that was seen before, and its key as it is shown."""
        return self._by_header.get(authorization) if authorization else None

    def remember(self, authorization: bytes, lab: Lab, shown_key: str) -> None:
        """Note which lab a header leads to."""
        if lab is not self.nobodys and len(self._by_header) < self._most:
            self._by_header[authorization] = (lab, shown_key)

    def open(self, api_key: str) -> Lab:
        """The lab of a key.

        Raises:
            Refusal: the key is absurdly long, or it would open one lab too many.
        """
        if not api_key:
            return self.nobodys
        lab = self._labs.get(api_key)
        if lab is not None:
            return lab
        if len(api_key) > LONGEST_KEY:
            raise Refusal("no_key", f"An API key has at most {LONGEST_KEY} characters.")
        with self._lock:
            if api_key not in self._labs:
                if len(self._labs) >= self._most:
                    raise Refusal(
                        "too_many_labs",
                        f"This server holds {self._most} labs already; use a key that has one, "
                        "or restart the server.",
                    )
                self._labs[api_key] = self._make(api_key)
            return self._labs[api_key]
