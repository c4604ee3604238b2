"""The labs of a server, by API key."""

import threading
from collections.abc import Callable

from mock_llm.evidence.keys import short
from mock_llm.lab import Lab
from mock_llm.refusals import Refusal

MOST_LABS = 10_000
LONGEST_KEY = 512
MOST_UNDERWAY = 5_000  # requests of one lab at the same time; each holds a connection


class Labs:
    """The labs of a server; requests without a key share one of their own.

    Args:
        make: makes the lab of a key.
        most: how many keys there may be.
        registered_only: whether only keys that were registered lead to a lab. Otherwise a key opens
            its lab when it is first used.

    `welcome` is called with every lab that is opened, before anybody else gets it.
    """

    def __init__(
        self, make: Callable[[str], Lab], most: int = MOST_LABS, *, registered_only: bool = False
    ) -> None:
        self._make = make
        self._most = most
        self.registered_only = registered_only
        self._labs: dict[str, Lab] = {}
        self._by_header: dict[bytes, tuple[Lab, str]] = {}
        self._lock = threading.Lock()
        self.nobodys = make("")
        self.welcome: Callable[[Lab], None] = lambda lab: None

    def all(self) -> list[Lab]:
        """Every lab once, in the order in which they were opened; nobody's is not among them."""
        return list(dict.fromkeys(self._labs.values()))

    def __len__(self) -> int:
        return len(self._labs)

    def known(self, api_key: str) -> Lab | None:
        """The lab of a key, None if it has none."""
        return self._labs.get(api_key)

    def at_hand(self, authorization: bytes | None) -> tuple[Lab, str] | None:
        """The lab of an Authorization header that was seen before, and its key as it is shown."""
        return self._by_header.get(authorization) if authorization else None

    def remember(self, authorization: bytes, lab: Lab, shown_key: str) -> None:
        """Note which lab a header leads to."""
        is_short = len(authorization) <= LONGEST_KEY + len(b"Bearer ")
        if is_short and lab is not self.nobodys and len(self._by_header) < self._most:
            self._by_header[authorization] = (lab, shown_key)

    def open(self, api_key: str) -> Lab:
        """The lab of a key.

        Raises:
            Refusal: the key is not registered where it has to be, it is absurdly long, or it would
                open one lab too many.
        """
        if not api_key:
            return self.nobodys
        lab = self._labs.get(api_key)
        if lab is not None:
            return lab
        if self.registered_only:
            raise Refusal(
                "no_key",
                f"Incorrect API key provided: {short(api_key)}. This server knows registered keys "
                "only: ask whoever runs it.",
            )
        return self.register(api_key)

    def register(self, api_key: str, beside: str | None = None) -> Lab:
        """The lab of a key, which is opened if it is new.

        Args:
            beside: a key that has a lab: the new key leads to the same one.

        Raises:
            Refusal: the key is absurdly long, or it would be one too many.
            KeyError: `beside` has no lab.
        """
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
                lab = None if beside is None else self._labs[beside]
                if lab is None:
                    lab = self._make(api_key)
                    self.welcome(lab)
                self._labs[api_key] = lab
            return self._labs[api_key]


def too_many_at_once() -> Refusal:
    """What a request gets that is one too many of its lab at the same time."""
    return Refusal(
        "rate_limited",
        f"Too many requests of this key are open: this server holds {MOST_UNDERWAY} at most. "
        "Please wait until some of them are answered.",
    )
