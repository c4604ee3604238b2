"""What clients of plain http are given in place of all the world's certificates."""

import functools
import ssl


@functools.cache
def no_tls() -> ssl.SSLContext:
    """A context that trusts nobody, for a client that only asks `http://` URLs.

    httpx makes a context for every client, used or not, and reads the certificates of all
    authorities for it: 20 ms, more than most tests against a mock take.
    """
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
