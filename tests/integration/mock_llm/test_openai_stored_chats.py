import openai
import pytest

LUNA = "gpt-6-luna"


def test_only_what_is_to_be_stored_is_stored(ask, client):
    kept, passed = ask(store=True, metadata={"a": "b"}), ask()
    assert client.chat.completions.retrieve(kept.id).metadata == {"a": "b"}
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(passed.id)


def test_a_streamed_completion_is_stored_whole(ask, client, lab):
    chunks = list(ask("Tell me about hiking boots.", store=True, stream=True))
    kept = client.chat.completions.retrieve(chunks[0].id)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert kept.choices[0].message.content == text
    assert kept.usage.total_tokens
    lab.add_fault("stream_cut")
    chunks = list(ask("Tell me about hiking boots.", store=True, stream=True))
    with pytest.raises(openai.NotFoundError):
        client.chat.completions.retrieve(chunks[0].id)


def test_looking_at_what_is_stored_costs_nothing_and_has_names_of_its_own(ask, client, lab):
    kept = ask(store=True)
    client.chat.completions.retrieve(kept.id)
    list(client.chat.completions.list())
    list(client.chat.completions.messages.list(kept.id))
    client.chat.completions.update(kept.id, metadata={})
    client.chat.completions.delete(kept.id)
    assert [entry.endpoint for entry in lab.journal()] == [
        "/v1/chat/completions",
        "/v1/chat/completions/{id}",
        "GET /v1/chat/completions",
        "/v1/chat/completions/{id}/messages",
        "/v1/chat/completions/{id}",
        "/v1/chat/completions/{id}",
    ]
    assert lab.ledger().total_nanodollars == lab.journal()[0].cost_nanodollars


def test_a_fault_on_chats_does_not_strike_lists(ask, client, lab):
    lab.add_fault("unavailable")
    assert list(client.chat.completions.list()) == []
    with pytest.raises(openai.InternalServerError):
        ask()


def test_a_fault_strikes_before_anything_is_changed(client, lab):
    lab.add_fault("server_error", endpoint="files", first=1)
    with pytest.raises(openai.InternalServerError):
        client.files.create(file=("a.txt", b"x"), purpose="user_data")
    assert list(client.files.list()) == []


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=many", "limit"),
        ("limit=101", "limit"),
        ("order=up", "order"),
        ("after=chatcmpl-never", "after"),
    ],
)
def test_a_page_that_there_is_not_gets_400(raw, query, param):
    reply = raw.get(f"/v1/chat/completions?{query}")
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param


@pytest.mark.parametrize("metadata", [5, {"a": 5}, {"a": "x" * 513}, {"k" * 65: ""}])
def test_wrong_metadata_gets_400(ask, raw, metadata):
    kept = ask(store=True)
    reply = raw.post(f"/v1/chat/completions/{kept.id}", json={"metadata": metadata})
    assert reply.status_code == 400


def test_an_update_without_metadata_gets_400(ask, raw):
    kept = ask(store=True)
    assert raw.post(f"/v1/chat/completions/{kept.id}", json={}).status_code == 400


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/chat/completions", "POST, GET"),
        ("PUT", "/v1/chat/completions/x", "GET, POST, DELETE"),
        ("POST", "/v1/chat/completions/x/messages", "GET"),
        ("GET", "/v1/responses", "POST"),
        ("PATCH", "/v1/responses/x", "GET, DELETE"),
        ("GET", "/v1/responses/x/cancel", "POST"),
        ("DELETE", "/v1/files", "GET, POST"),
        ("POST", "/v1/files/x/content", "GET"),
        ("DELETE", "/v1/batches/x", "GET"),
        ("GET", "/v1/moderations", "POST"),
        ("POST", "/v1/models/x", "GET, DELETE"),
    ],
)
def test_a_wrong_method_gets_405_and_the_right_ones(raw, method, path, allowed):
    reply = raw.request(method, path)
    assert (reply.status_code, reply.headers["allow"]) == (405, allowed)


@pytest.mark.parametrize(
    "path", ["/v1/files/a/b", "/v1/batches//cancel", "/v1/chat", "/v1/responses/a/b/c", "/v2/files"]
)
def test_a_path_that_there_is_not_gets_404(raw, path):
    reply = raw.get(path)
    assert reply.status_code == 404
    assert reply.json()["error"]["code"] == "unknown_url"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ({"content-type": "application/json"}, b"{}"),
        ({"content-type": "multipart/form-data"}, b"--x\r\n"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\n"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x\r\nfoo\r\n--x--\r\n"),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--\r\n"),
    ],
)
def test_an_upload_that_cannot_be_read_gets_400(raw, headers, body):
    reply = raw.post("/v1/files", content=body, headers=headers)
    assert reply.status_code == 400
    assert reply.json()["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({}, "purpose"),
        ({"purpose": "fun"}, "purpose"),
        ({"purpose": "batch", "expires_after[seconds]": "9"}, "expires_after.anchor"),
        (
            {
                "purpose": "batch",
                "expires_after[anchor]": "created_at",
                "expires_after[seconds]": "9",
            },
            "expires_after.seconds",
        ),
    ],
)
def test_a_wrong_upload_gets_400(raw, fields, param):
    reply = raw.post("/v1/files", data=fields, files={"file": ("a.txt", b"x")})
    assert reply.status_code == 400
    assert reply.json()["error"]["param"] == param


def test_an_upload_without_a_file_gets_400(raw):
    reply = raw.post("/v1/files", files={"purpose": (None, "batch")})
    assert reply.json()["error"]["param"] == "file"


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({}, "input"),
        ({"input": 5}, "input"),
        ({"input": []}, "input"),
        ({"input": [{"type": "song"}]}, "input[0].type"),
        ({"input": "x", "model": "gpt-9"}, "model"),
        ({"input": "x", "model": LUNA}, "model"),
    ],
)
def test_a_wrong_moderation_is_refused(raw, body, param):
    reply = raw.post("/v1/moderations", json=body)
    assert reply.status_code in (400, 404)
    assert reply.json()["error"]["param"] == param


def test_moderations_are_free_and_stand_in_the_journal(client, lab):
    judged = client.moderations.create(input=["You are worthless", "a tent"])
    assert [result.flagged for result in judged.results] == [True, False]
    assert judged.results[0].categories.harassment
    assert judged.results[0].category_scores.harassment > 0.5
    (entry,) = lab.journal()
    assert (entry.endpoint, entry.model, entry.cost_nanodollars) == (
        "/v1/moderations",
        "omni-moderation-latest",
        0,
    )
