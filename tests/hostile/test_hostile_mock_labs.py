"""What one key made, no other key can see, change or end: not even that it is there."""

import json

import pytest
from hostile_requests import (
    ANTHROPIC,
    OPENAI,
    Client,
    assert_anthropic_error,
    assert_openai_error,
    chat,
    message,
    response,
)

PRIVATE = "only Ada knows"
LINE = {
    "custom_id": PRIVATE,
    "method": "POST",
    "url": "/v1/chat/completions",
    "body": chat(),
}


def key(name):
    return OPENAI | {"authorization": f"Bearer sk-{name}"}


def claude_key(name):
    return ANTHROPIC | {"x-api-key": f"sk-{name}"}


def made(client, path, headers, body):
    status, reply = client.send("POST", path, headers, body)
    assert status == 200, reply
    return json.loads(reply)["id"]


@pytest.fixture(scope="module")
def adas(mock):
    """The ids of everything that Ada's key made."""
    client, ada = Client(mock.url), key("ada")
    form = (
        b'--b\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        + json.dumps(LINE).encode()
        + b"\r\n--b--\r\n"
    )
    kind = ada | {"content-type": "multipart/form-data; boundary=b"}
    file = made(client, "/v1/files", kind, form)
    batch = {
        "endpoint": "/v1/chat/completions",
        "completion_window": "24h",
        "input_file_id": file,
        "metadata": {"a": PRIVATE},
    }
    params = message(messages=[{"role": "user", "content": PRIVATE}])
    chats = chat(store=True, metadata={"a": PRIVATE}, user=PRIVATE)
    requests = {"requests": [{"custom_id": "a", "params": params}]}
    ids = {
        "chat": made(client, "/v1/chat/completions", ada, chats),
        "response": made(client, "/v1/responses", ada, response(instructions=PRIVATE)),
        "background": made(client, "/v1/responses", ada, response(background=True, user=PRIVATE)),
        "file": file,
        "batch": made(client, "/v1/batches", ada, batch),
        "claude": made(client, "/v1/messages/batches", claude_key("ada"), requests),
    }
    client.close()
    return ids


CALLS = [
    ("GET", "/v1/chat/completions/{chat}", None),
    ("GET", "/v1/chat/completions/{chat}/messages", None),
    ("POST", "/v1/chat/completions/{chat}", {"metadata": {"a": "b"}}),
    ("DELETE", "/v1/chat/completions/{chat}", None),
    ("GET", "/v1/responses/{response}", None),
    ("GET", "/v1/responses/{response}?stream=true", None),
    ("GET", "/v1/responses/{response}/input_items", None),
    ("POST", "/v1/responses/{background}/cancel", {}),
    ("DELETE", "/v1/responses/{response}", None),
    ("GET", "/v1/files/{file}", None),
    ("GET", "/v1/files/{file}/content", None),
    ("DELETE", "/v1/files/{file}", None),
    ("GET", "/v1/batches/{batch}", None),
    ("POST", "/v1/batches/{batch}/cancel", {}),
]
CLAUDES = [
    ("GET", "/v1/messages/batches/{claude}", None),
    ("GET", "/v1/messages/batches/{claude}/results", None),
    ("POST", "/v1/messages/batches/{claude}/cancel", {}),
    ("DELETE", "/v1/messages/batches/{claude}", None),
]


@pytest.mark.parametrize(("method", "path", "body"), CALLS)
def test_another_key_gets_the_404_of_what_never_was(client, adas, method, path, body):
    status, reply = client.send(method, path.format(**adas), key("bob"), body)
    assert status == 404, reply
    assert_openai_error(reply)
    assert PRIVATE not in reply.decode()
    never = {name: f"{id[:-4]}0000" for name, id in adas.items()}
    status, same = client.send(method, path.format(**never), key("bob"), body)
    assert status == 404
    for name, id in never.items():
        same = same.replace(id.encode(), adas[name].encode())
    assert json.loads(same) == json.loads(reply)


@pytest.mark.parametrize(("method", "path", "body"), CLAUDES)
def test_another_key_gets_claudes_404(client, adas, method, path, body):
    status, reply = client.send(method, path.format(**adas), claude_key("bob"), body)
    assert status == 404, reply
    assert_anthropic_error(reply)


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/chat/completions", key),
        ("/v1/files", key),
        ("/v1/batches", key),
        ("/v1/messages/batches", claude_key),
    ],
)
def test_another_keys_lists_are_empty(client, adas, path, headers):
    status, reply = client.send("GET", path, headers("bob"))
    assert (status, json.loads(reply)["data"]) == (200, [])
    assert json.loads(client.send("GET", path, headers("ada"))[1])["data"] != []


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("/v1/chat/completions", "after={chat}"),
        ("/v1/files", "after={file}"),
        ("/v1/batches", "after={batch}"),
    ],
)
def test_another_keys_object_is_no_place_in_a_list(client, adas, path, more):
    status, reply = client.send("GET", f"{path}?{more.format(**adas)}", key("bob"))
    assert status == 400, reply
    assert_openai_error(reply)


def test_another_key_cannot_go_on_from_it_or_refer_to_it(client, adas):
    file = {"type": "file", "file": {"file_id": adas["file"]}}
    attached = chat(messages=[{"role": "user", "content": [file]}])
    batch = {"endpoint": "/v1/responses", "completion_window": "24h", "input_file_id": adas["file"]}
    item = [{"type": "item_reference", "id": adas["response"].replace("resp", "msg")}]
    for path, body in (
        ("/v1/responses", response(previous_response_id=adas["response"])),
        ("/v1/responses", response(input=item)),
        ("/v1/responses/compact", response(previous_response_id=adas["response"])),
        ("/v1/responses/input_tokens", response(previous_response_id=adas["response"])),
        ("/v1/chat/completions", attached),
        ("/v1/batches", batch),
    ):
        status, reply = client.send("POST", path, key("bob"), body)
        assert status in (400, 404), reply
        assert_openai_error(reply)
        assert PRIVATE not in reply.decode()
    assert client.send("POST", "/v1/responses", key("ada"), response(input=item))[0] == 200


@pytest.mark.parametrize(
    "path",
    ["journal", "ledger", "verdict", "budgets", "faults", "answers", "scenario", "lab", "latency"],
)
def test_another_keys_evidence_and_settings_say_nothing(client, adas, path):
    ada, bob = key("ada"), key("bystander")
    fault = {"kind": "empty", "user": PRIVATE, "times": 0}
    rules = {"rules": [{"match": {"equals": PRIVATE}, "reply": PRIVATE}]}
    assert client.send("POST", "/_mock/faults", ada, fault)[0] == 201
    assert client.send("PUT", "/_mock/answers", ada, rules)[0] == 200
    assert client.send("PUT", "/_mock/budgets", ada, [{"dollars": 5, "user": PRIVATE}])[0] == 200
    status, reply = client.send("GET", f"/_mock/{path}", bob)
    assert status == 200
    assert PRIVATE not in reply.decode()
    assert not any(id in reply.decode() for id in adas.values())


def test_one_keys_faults_clock_and_reset_are_its_own(client, adas):
    carol, dora = key("carol"), key("dora")
    assert client.send("POST", "/v1/chat/completions", dora, chat())[0] == 200
    assert client.send("POST", "/_mock/faults", carol, {"kind": "unavailable"})[0] == 201
    assert client.send("POST", "/_mock/clock/advance", carol, {"seconds": 1e8})[0] == 200
    assert client.send("POST", "/v1/chat/completions", carol, chat())[0] == 503
    assert client.send("POST", "/_mock/reset", carol)[0] == 200
    assert client.send("POST", "/v1/chat/completions", dora, chat())[0] == 200
    assert abs(json.loads(client.send("GET", "/_mock/clock", dora)[1])["ahead_s"]) < 1.0
    entries = json.loads(client.send("GET", "/_mock/journal", dora)[1])["entries"]
    assert [entry["status"] for entry in entries] == [200, 200]


def test_in_the_end_ada_still_has_everything(client, adas):
    for method, path, body in CALLS:
        if method == "GET":
            assert client.send(method, path.format(**adas), key("ada"), body)[0] == 200
    path = f"/v1/messages/batches/{adas['claude']}"
    assert client.send("GET", path, claude_key("ada"))[0] == 200


def test_nobodys_key_opens_nothing_of_anybodys(client, adas):
    bare = {"content-type": "application/json"}
    for method, path, body in CALLS:
        status, reply = client.send(method, path.format(**adas), bare, body)
        assert status == 401
        assert PRIVATE not in reply.decode()
    assert client.send("GET", "/_mock/journal", bare)[0] == 401
