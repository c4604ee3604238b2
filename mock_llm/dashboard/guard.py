"""Who may see and do what.

Without an admin token on the server, or with it in X-Admin-Token: everything. With a lab's key
alone (Authorization: Bearer KEY), on a server that has a token: that lab's counts, and no more. The
journal and the controls of a graded lab are not its client's to have.
"""

import hmac
from dataclasses import dataclass

from starlette.requests import Request

from mock_llm.lab import Lab
from mock_llm.labs import Labs


class NotAllowed(Exception):
    """The message says what is missing."""


@dataclass(frozen=True, slots=True)
class Access:
    """`own` is the one lab that may be seen; None for all."""

    own: Lab | None

    @property
    def may_control(self) -> bool:
        return self.own is None


class Guard:
    """The guard of one server."""

    def __init__(self, labs: Labs, admin_token: str | None) -> None:
        self._labs = labs
        self._token = admin_token

    def look(self, request: Request) -> Access:
        """Whose counts a request may see.

        Raises:
            NotAllowed: none, or its token is wrong.
            Refusal: its key cannot have a lab.
        """
        given = request.headers.get("x-admin-token", "")
        if self._is_token(given):
            return Access(None)
        key = _bearer(request)
        if given or not key:
            raise NotAllowed(
                "This server asks for its admin token (X-Admin-Token). An API key shows its own "
                "lab's counts."
                if not given
                else "This is not the admin token of this server."
            )
        return Access(self._labs.open(key))

    def control(self, request: Request) -> None:
        """Whether a request may change labs and read all that they wrote down.

        Raises:
            NotAllowed: it may not.
        """
        if not self.look(request).may_control:
            raise NotAllowed("This needs the server's admin token (X-Admin-Token).")

    def scrape(self, request: Request) -> None:
        """Whether a request may read the metrics; Prometheus can send a token as a bearer's.

        Raises:
            NotAllowed: it may not.
        """
        given = request.headers.get("x-admin-token", "") or _bearer(request)
        if not self._is_token(given):
            raise NotAllowed("This server asks for its admin token (Authorization: Bearer TOKEN).")

    def _is_token(self, given: str) -> bool:
        if not self._token:
            return True
        return hmac.compare_digest(given.encode(), self._token.encode())


def _bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""
