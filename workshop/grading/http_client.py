"""The `http` fixture: a client that a hostile server cannot hold or fill."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from queue import Empty, SimpleQueue

import httpx

from mock_llm.no_tls import no_tls

TIMEOUT_S = 10.0
MAX_BODY = 5 << 20
_GRACE_S = 0.5  # httpx's own limit is told first


class BodyTooLong(httpx.RemoteProtocolError):
    """More than 5 MB came, or the body went on for longer than the timeout."""


class _Bounded(httpx.SyncByteStream):
    def __init__(self, inner: httpx.SyncByteStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def __iter__(self) -> Iterator[bytes]:
        size = 0
        for chunk in self._inner:
            size += len(chunk)
            if size > MAX_BODY:
                raise BodyTooLong(f"answered with more than {MAX_BODY >> 20} MB")
            if time.monotonic() > self._deadline:
                raise httpx.ReadTimeout("the body did not end in time")
            yield chunk

    def close(self) -> None:
        self._inner.close()


class _BoundedTransport(httpx.BaseTransport):
    def __init__(self, timeout_s: float) -> None:
        self._inner = httpx.HTTPTransport(verify=no_tls(), trust_env=False)
        self._timeout_s = timeout_s

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = self._headers(request)
        # A few KB can unpack to gigabytes, so nothing is unpacked; the client does not ask for it.
        response.headers.pop("content-encoding", None)
        assert isinstance(response.stream, httpx.SyncByteStream)
        deadline = time.monotonic() + self._timeout_s
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Bounded(response.stream, deadline),
            extensions=response.extensions,
        )

    def _headers(self, request: httpx.Request) -> httpx.Response:
        """The reply without its body. httpx limits each read, and a header may take many: a thread
        that is still at it is left behind, until the worker ends and its connection with it."""
        answer: SimpleQueue[httpx.Response | Exception] = SimpleQueue()

        def ask() -> None:
            try:
                answer.put(self._inner.handle_request(request))
            except Exception as problem:
                answer.put(problem)

        threading.Thread(target=ask, daemon=True).start()
        try:
            found = answer.get(timeout=self._timeout_s + _GRACE_S)
        except Empty:
            raise httpx.ReadTimeout("the headers did not end in time", request=request) from None
        if isinstance(found, Exception):
            raise found
        return found

    def close(self) -> None:
        self._inner.close()


def make_client(timeout_s: float = TIMEOUT_S) -> httpx.Client:
    """No proxies, no redirects, bounded in time and size."""
    return httpx.Client(
        transport=_BoundedTransport(timeout_s),
        timeout=timeout_s,
        trust_env=False,
        headers={"accept-encoding": "identity"},
    )
