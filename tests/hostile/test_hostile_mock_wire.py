"""Bytes that no HTTP client sends: the connection gets an error or is closed, and nobody else
notices."""

import json
import socket
import threading
import time
from contextlib import ExitStack, suppress

import pytest
from hostile_requests import OPENAI, Client, assert_sound, chat, no_bugs, written

from mock_llm import MockLLM, protocol
from mock_llm.wire import connection
from mock_llm.wire.openai.api import MOST_BYTES
from mock_llm.wire.uploads import Uploads

CHAT = "/v1/chat/completions"
LINES = "\r\n".join(f"{name}: {value}" for name, value in OPENAI.items())


def request(body=b"", path=CHAT, method="POST", more=(), length=None):
    length = len(body) if length is None else length
    lines = [f"{method} {path} HTTP/1.1", "host: x", LINES, f"content-length: {length}", *more]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def exchange(client, *parts, timeout=20):
    """What a connection gets for some bytes, until the server closes it or says nothing more."""
    with socket.create_connection(client.address, timeout=timeout) as line:
        try:
            for part in parts:
                line.sendall(part)
            line.shutdown(socket.SHUT_WR)
        except OSError:
            pass
        got = b""
        try:
            while data := line.recv(65_536):
                got += data
        except (ConnectionError, TimeoutError):
            pass
        return got


def send_on(line, data, times):
    """Send again and again, as long as the other side takes it."""
    for _ in range(times):
        line.sendall(data)


def status_of(reply):
    return int(reply.split(b" ", 2)[1]) if reply else None


def body_of(reply):
    return json.loads(reply.partition(b"\r\n\r\n")[2])


SOUND = written(chat()).encode()
MORE_THAN_BUFFERS = 60_000_000  # bytes: both sides' kernels hold a few millions of them
TWICE = written(chat(n=2)).encode()
CHUNKED = request(path=CHAT, length=0).replace(b"content-length: 0", b"transfer-encoding: chunked")
BROKEN = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00",
    "a first line without end": b"GET /" + b"a" * 300_000,
    "no version": b"GET /v1/models\r\n\r\n",
    "bytes in the path": b"GET /v1/mod\xff\xfeels HTTP/1.1\r\nhost: x\r\n\r\n",
    "a NUL in a header": request(SOUND, more=["x-a: a\0b"]),
    "two lengths": request(SOUND, more=["content-length: 5"]),
    "a negative length": request(SOUND, length=-1),
    "a length beyond counting": request(SOUND, length=10**30),
    "length and chunks": request(SOUND, more=["transfer-encoding: chunked"]),
    "chunks that are none": CHUNKED + b"zz\r\nabc\r\n",
    "more body than said": request(SOUND, length=len(SOUND) - 5),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_request_gets_an_error_in_json_or_the_end(client, caplog, name):
    reply = exchange(client, BROKEN[name])
    if reply:
        assert status_of(reply) in (400, 401, 404, 413, 431), reply
        assert body_of(reply)["error"]["type"] == "invalid_request_error"
    assert_sound(client)
    assert not [each for each in caplog.records if each.levelname == "ERROR"]


UNUSUAL = {
    "broken UTF-8 in the body": (request(SOUND.replace(b"best", b"b\xc3\x28\xffst")), 400),
    "a lone surrogate": (request(SOUND.replace(b"best", rb"\ud800")), 400),
    "a NUL in a text": (request(SOUND.replace(b"best", rb"\u0000")), 200),
    "a compressed body": (request(b"\x1f\x8b\x08\x00abc", more=["content-encoding: gzip"]), 400),
    "odd bytes in the key": (request(SOUND, more=["authorization: Bearer \xff\xfe\x80"]), 200),
    "odd bytes in a feature": (request(SOUND, more=["x-feature: \xff\x80"]), 200),
    "a retry count beyond counting": (
        request(SOUND, more=["x-stainless-retry-count: " + "9" * 5_000]),
        200,
    ),
    "a retry count that SQLite cannot hold": (
        request(SOUND, more=["x-stainless-retry-count: " + "9" * 30]),
        200,
    ),
    "a timeout that is no number": (request(SOUND, more=["x-stainless-read-timeout: nan"]), 200),
    "an endless timeout": (request(SOUND, more=["x-stainless-read-timeout: inf"]), 200),
    "an absurd limit": (request(path="/v1/files?limit=" + "9" * 5_000, method="GET"), 400),
    "a limit that is no number": (request(path="/v1/files?limit=%ff", method="GET"), 400),
    "an absurd cursor": (request(path="/v1/files?after=%00%ff" + "a" * 900, method="GET"), 400),
    "escapes that are no text": (request(path="/v1/files/%ff%fe%00", method="GET"), 404),
    "an unknown path with anything in it": (request(path="/v1/%ed%a0%80", method="GET"), 404),
    "a method of its own": (request(method="PROPFIND"), 405),
    "an absurd fault": (request(SOUND, more=["x-mock-fault: hang; for_s=1e999"]), 400),
    "a fault that is no text": (request(SOUND, more=["x-mock-fault: \xff"]), 400),
    "a form without an end": (
        request(b"--b\r\n" * 1_000, "/v1/files", more=["content-type: multipart/form-data"]),
        400,
    ),
}


@pytest.mark.parametrize("name", UNUSUAL)
def test_odd_bytes_are_answered_or_refused_as_ever(client, caplog, name):
    sent, status = UNUSUAL[name]
    with no_bugs(caplog):
        reply = exchange(client, sent)
    assert status_of(reply) == status, reply
    if status != 200:
        assert set(body_of(reply)["error"]) == {"message", "type", "param", "code"}


def test_what_came_with_odd_bytes_can_be_read_back(client):
    for path in ("/_mock/journal", "/_mock/ledger", "/_mock/verdict"):
        status, body = client.send("GET", path, OPENAI)
        assert status == 200, body


def test_files_are_kept_byte_by_byte_whatever_their_names_are(client):
    content = bytes(range(256)) * 10
    form = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe\x00.bin"\r\n\r\n'
        + content
        + b"\r\n--b--\r\n"
    )
    kind = OPENAI | {"content-type": "multipart/form-data; boundary=b"}
    status, made = client.send("POST", "/v1/files", kind, form)
    assert status == 200, made
    id = json.loads(made)["id"]
    assert client.send("GET", f"/v1/files/{id}/content", OPENAI) == (200, content)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        (CHAT, LINES),
        ("/v1/files", LINES),
        ("/v1/messages", f"{LINES}\r\nanthropic-version: 2023-06-01\r\nx-api-key: sk-hostile"),
        ("/_mock/answers", LINES),
    ],
)
def test_a_body_that_is_too_large_is_refused_before_it_is_read(client, path, headers):
    method = "PUT" if path.startswith("/_mock") else "POST"
    head = f"{method} {path} HTTP/1.1\r\nhost: x\r\n{headers}\r\n"
    endless = (head + "transfer-encoding: chunked\r\n\r\n").encode()
    chunk = b"10000\r\n" + b" " * 65_536 + b"\r\n"
    reply = exchange(client, endless, *[chunk] * (3 * MOST_BYTES // 65_536))
    assert not reply or status_of(reply) == 413, reply[:200]  # or the end came before the answer
    assert_sound(client)


def test_headers_without_end_are_cut_off(client):
    begun = request().removesuffix(b"\r\n\r\n") + b"\r\n"
    filler = [b"x-%d: %b\r\n" % (number, b"a" * 4_000) for number in range(200)]
    reply = exchange(client, begun, *filler)
    assert not reply or status_of(reply) == 431, reply[:200]
    assert_sound(client)


def test_trailers_without_end_are_cut_off(client):
    with socket.create_connection(client.address, timeout=20) as line:
        line.sendall(CHUNKED + b"2\r\n{}\r\n0\r\nx-a: ")
        with pytest.raises(ConnectionError):
            send_on(line, b"a" * 4_000, 2_000)
    assert_sound(client)


@pytest.fixture
def impatient(monkeypatch):
    """A server that soon loses its patience, with room for few connections."""
    monkeypatch.setattr(protocol, "PATIENCE_S", 0.3)
    with MockLLM(scenario="instant") as running:
        yield running


def address(mock):
    host, port = mock.url.removeprefix("http://").split(":")
    return host, int(port)


@pytest.fixture
def dial(impatient):
    """Opens connections, and closes them in the end."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(address(impatient), timeout=20))


def test_hundreds_of_half_open_connections_are_cut_and_hold_nobody_up(impatient, dial):
    beginnings = (b"", b"P", request()[:40], request(SOUND)[:-5], CHUNKED + b"5\r\nab")
    lines = [dial() for _ in range(300)]
    for number, line in enumerate(lines):
        line.sendall(beginnings[number % len(beginnings)])
    lab = impatient.lab("sk-other")
    with socket.create_connection(address(impatient), timeout=20) as line:
        line.sendall(request(SOUND).replace(b"sk-hostile", b"sk-other"))
        assert status_of(line.recv(65_536)) == 200
    for line in lines:
        assert line.recv(65_536) == b""
    assert len(lab.journal()) == 1


def drip(line, data):
    for byte in data:
        line.sendall(bytes([byte]))
        time.sleep(0.02)  # the drip itself


def test_a_head_that_drips_is_cut_as_well(dial):
    line = dial()
    with pytest.raises(ConnectionError):
        drip(line, request(SOUND)[:100])


def test_one_connection_too_many_gets_an_error_that_both_providers_clients_read(
    monkeypatch, impatient, dial
):
    monkeypatch.setattr(protocol, "PATIENCE_S", 60.0)
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 3)
    first, *_, last = [dial() for _ in range(4)]
    last.sendall(request(SOUND))
    reply = b""
    while data := last.recv(65_536):
        reply += data
    assert status_of(reply) == 503
    assert body_of(reply)["type"] == "error"
    assert body_of(reply)["error"]["type"] == "overloaded_error"
    first.sendall(request(SOUND))
    assert status_of(first.recv(65_536)) == 200


def test_twice_as_many_connections_are_closed_as_they_come(monkeypatch, dial):
    monkeypatch.setattr(protocol, "PATIENCE_S", 60.0)
    monkeypatch.setattr(protocol, "MOST_CONNECTIONS", 2)
    for line in [dial() for _ in range(5)][4:]:
        with suppress(ConnectionError):  # closed all the same
            assert line.recv(1) == b""


def server_side(mock, client_socket):
    """The server's end of a connection."""
    port = client_socket.getsockname()[1]
    for _ in range(500):
        for each in list(mock._server.server_state.connections):
            if each.client and each.client[1] == port:
                return each
        time.sleep(0.01)
    raise AssertionError("the server knows no such connection")


def most_buffered(end, until):
    """The most bytes that a connection's end held for a client that does not read."""
    most = 0
    while not until.is_set():
        most = max(most, end.transport.get_write_buffer_size() + 200 * len(end.pipeline))
        time.sleep(0.005)
    return most


@pytest.mark.parametrize(
    "sent",
    [request(SOUND), request(path="/v1/models", method="GET"), request(TWICE)],
    ids=["the short way", "a list", "the long way"],
)
def test_who_sends_thousands_of_requests_and_reads_nothing_is_not_buffered_for(mock, client, sent):
    client.send("POST", CHAT, OPENAI, chat())  # the server knows the key, and takes the short way
    with socket.create_connection(client.address, timeout=1) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        end = server_side(mock, line)
        stop, found = threading.Event(), []
        watch = threading.Thread(target=lambda: found.append(most_buffered(end, stop)))
        watch.start()
        try:
            send_on(line, sent * 100, 400)
        except TimeoutError:
            pass  # nothing more goes into the line: the server has stopped reading
        else:
            pytest.fail("the server read everything that was sent")
        finally:
            stop.set()
            watch.join()
    assert found[0] < 3_000_000
    assert_sound(client)


def test_a_pipeline_is_read_only_as_fast_as_it_is_answered(mock, client):
    asked = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
    with socket.create_connection(client.address, timeout=20) as line:
        end = server_side(mock, line)
        stop, found = threading.Event(), []
        watch = threading.Thread(target=lambda: found.append(longest_pipeline(end, stop)))
        watch.start()
        sender = threading.Thread(target=lambda: quietly(line.sendall, asked * 40_000))
        sender.start()
        replies = b""
        while replies.count(b"HTTP/1.1 401") < 300:
            replies = replies[-400_000:] + line.recv(65_536)
        stop.set()
        watch.join()
        line.shutdown(socket.SHUT_RDWR)
        sender.join()
    assert 0 < found[0] < 20_000
    assert_sound(client)


def longest_pipeline(end, until):
    longest = 0
    while not until.is_set():
        longest = max(longest, len(end.pipeline))
        time.sleep(0.001)
    return longest


def quietly(act, *arguments):
    with suppress(OSError):
        act(*arguments)


def uploaded(client, content):
    """The path of a file's content."""
    form = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nuser_data\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + content
        + b"\r\n--b--\r\n"
    )
    kind = OPENAI | {"content-type": "multipart/form-data; boundary=b"}
    id = json.loads(client.send("POST", "/v1/files", kind, form)[1])["id"]
    return f"/v1/files/{id}/content"


LARGE = b"x" * (8 * 1024 * 1024)


def test_a_large_reply_waits_in_pieces_for_who_does_not_read_it(mock, client):
    path = uploaded(client, LARGE)
    with socket.create_connection(client.address, timeout=20) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        end = server_side(mock, line)
        line.sendall(request(path=path, method="GET"))
        assert status_of(line.recv(4_096)) == 200
        time.sleep(0.1)  # the server goes on as far as it goes
        assert end.transport.get_write_buffer_size() <= 1_000_000
    assert client.send("GET", path, OPENAI) == (200, LARGE)


def test_who_reads_nothing_for_too_long_is_cut_off(impatient):
    client = Client(impatient.url)
    path = uploaded(client, LARGE)
    client.close()
    with socket.create_connection(address(impatient), timeout=20) as line:
        line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        end = server_side(impatient, line)
        line.sendall(request(path=path, method="GET"))
        assert status_of(line.recv(100)) == 200
        connections = impatient._server.server_state.connections
        for _ in range(1_000):
            if end not in connections:
                break
            time.sleep(0.01)
        assert end not in connections
    assert impatient.lab("sk-hostile").wait_until_idle(10.0)


def test_bodies_that_arrive_at_the_same_time_are_bounded_together(mock, client, monkeypatch):
    monkeypatch.setattr(connection, "UPLOADS", Uploads(most=100_000))
    half = b" " * 60_000
    with socket.create_connection(client.address, timeout=20) as one:
        one.sendall(request(length=100_000) + half)
        lab = mock.lab("sk-hostile")
        while not lab.underway:
            time.sleep(0.01)
        for _ in range(500):
            if connection.UPLOADS.bytes >= len(half):
                break
            time.sleep(0.01)
        reply = exchange(client, request(length=100_000) + half)
        assert status_of(reply) == 503, reply
        assert body_of(reply)["error"]["type"] == "server_error"
    assert lab.wait_until_idle()
    assert connection.UPLOADS.bytes == 0
    assert_sound(client)
