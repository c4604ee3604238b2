"""A provider is recorded once, through a proxy, and replayed: offline, in order, in its time.

The provider is a second mock server, so that no test needs a network.
"""

import asyncio
import json
import threading
import time
from contextlib import contextmanager

import anthropic
import httpx2
import openai
import pytest

from mock_llm import MockLLM, SettingError
from mock_llm.scripted.record import Recorder, RecordingFile
from mock_llm.scripted.recording import read_recording
from mock_llm.serving import address, listen, make_server

KEY = "sk-proj-this-is-a-real-key-0123456789abcdef"
ASKED = [{"role": "user", "content": "Which laptop is under $500?"}]


@contextmanager
def recording(upstream, path):
    """The proxy on a free port, in a thread of its own: its URL, and what it notes."""
    said = []
    file = RecordingFile(path, upstream)
    recorder = Recorder(upstream, file, said.append)
    listener = listen("127.0.0.1", 0)
    server = make_server(recorder, None, listening=lambda: None)

    async def serve():
        await server.serve([listener])
        await recorder.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    try:
        yield address(listener), said
    finally:
        server.should_exit = True
        thread.join(20)
        file.close()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "recording.jsonl"


@pytest.fixture
def http():
    with httpx2.Client(trust_env=False, timeout=20) as client:
        yield client


def sdk(url, http, key=KEY):
    return openai.OpenAI(base_url=f"{url}/v1", api_key=key, max_retries=0, http_client=http)


def claude(url, http, key=KEY):
    return anthropic.Anthropic(base_url=url, api_key=key, max_retries=0, http_client=http)


def ask(client, **more):
    return client.chat.completions.create(**({"model": "gpt-6-luna", "messages": ASKED} | more))


def texts(stream):
    return [chunk.choices[0].delta.content or "" for chunk in stream if chunk.choices]


def noted(said, count, within_s=5.0):
    """Wait until the proxy has written so many replies: it does so after the client has them."""
    ends = time.monotonic() + within_s
    while len(said) < count and time.monotonic() < ends:
        time.sleep(0.01)
    return said


SLOW = {"latency": {"default": {"ttft_s": 0.3, "per_token_s": 0.01}}}


def test_a_reply_is_replayed_as_it_was_and_in_its_time(path, http):
    with MockLLM(SLOW) as provider, recording(f"{provider.url}/v1", path) as (url, said):
        whole = ask(sdk(url, http))
        parts = texts(ask(sdk(url, http), stream=True))
        noted(said, 2)
        asked = [entry.status for entry in provider.lab(KEY).journal()]
    assert asked == [200, 200]
    first, second = read_recording(path)
    with MockLLM("instant", replay=path) as mock:
        begun = time.monotonic()
        again = ask(sdk(mock.url, http, "sk-a"))
        took = time.monotonic() - begun
        assert again == whole
        assert 0.9 * first.duration_s <= took <= first.duration_s + 1.0
        begun = time.monotonic()
        stream = iter(ask(sdk(mock.url, http, "sk-a"), stream=True))
        next(stream)
        to_first = time.monotonic() - begun
        assert 0.25 <= to_first <= second.duration_s
        assert texts(stream) == parts[1:]
        assert time.monotonic() - begun >= 0.9 * second.duration_s
        entries = mock.lab("sk-a").journal()
    assert [entry.answer for entry in entries] == [whole.choices[0].message.content, "".join(parts)]


def test_the_time_scale_says_how_much_of_the_time_is_waited(path, http):
    with MockLLM(SLOW) as provider, recording(provider.base_url, path) as (url, said):
        ask(sdk(url, http))
        noted(said, 1)
    with MockLLM("instant", replay=path, time_scale=0.0) as mock:
        begun = time.monotonic()
        ask(sdk(mock.url, http, "sk-a"))
        assert time.monotonic() - begun < read_recording(path)[0].duration_s / 2


def test_what_the_recording_says_was_used_is_billed(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        ask(sdk(url, http))
        texts(ask(sdk(url, http), stream=True))
        options = {"include_usage": True}
        texts(ask(sdk(url, http), stream=True, stream_options=options))
        sdk(url, http).responses.create(model="gpt-6-luna", input="Which laptop?")
        sdk(url, http).embeddings.create(model="text-embedding-3-small", input="laptop")
        noted(said, 5)
        paid = provider.lab(KEY).ledger()
    with MockLLM("instant", replay=path, strict_replay=True) as mock:
        client = sdk(mock.url, http, "sk-a")
        ask(client)
        texts(ask(client, stream=True))
        texts(ask(client, stream=True, stream_options=options))
        client.responses.create(model="gpt-6-luna", input="Which laptop?")
        client.embeddings.create(model="text-embedding-3-small", input="laptop")
        bill = mock.lab("sk-a").ledger()
    asked = [(line.model, line.prompt_tokens, line.completion_tokens) for line in paid.lines]
    replayed = [(line.model, line.prompt_tokens, line.completion_tokens) for line in bill.lines]
    # The stream that does not say its usage is counted here: the chat format's tokens are missing.
    assert replayed[0] == asked[0]
    assert replayed[1][2] == asked[1][2]
    assert replayed[2:] == asked[2:]
    assert bill.lines[0].cost_nanodollars == paid.lines[0].cost_nanodollars


def test_anthropics_messages_are_recorded_and_replayed_whole_and_as_a_stream(path, http):
    def say(client, **more):
        return client.messages.create(
            model="claude-haiku-5-5", max_tokens=200, messages=ASKED, **more
        )

    with MockLLM("instant") as provider, recording(provider.url, path) as (url, said):
        whole = say(claude(url, http))
        events = list(say(claude(url, http), stream=True))
        noted(said, 2)
        paid = provider.lab(KEY).ledger().total_nanodollars
    with MockLLM("instant", replay=path, strict_replay=True) as mock:
        client = claude(mock.url, http, "sk-a")
        assert say(client) == whole
        assert list(say(client, stream=True)) == events
        assert mock.lab("sk-a").ledger().total_nanodollars == paid
        assert mock.lab("sk-a").journal()[0].finish_reason == "end_turn"


def test_no_key_and_no_organisation_reaches_the_file(path, http):
    organization = "org-Xy12345678901234567890"
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        # This provider repeats what it was sent, as some do when they refuse it.
        provider.lab(KEY).set_answers(
            {
                "rules": [
                    {
                        "match": {"contains": "refuse"},
                        "reply": {
                            "error": {
                                "status": 401,
                                "message": f"Incorrect API key {KEY}, organization {organization}, "
                                "project proj_0123456789abcdef",
                            }
                        },
                    },
                    {"reply": f"Your key is {KEY}."},
                ]
            }
        )
        headers = {
            "OpenAI-Organization": organization,
            "OpenAI-Project": "proj_secret_1",
            "Cookie": "session=verysecret",
        }
        client = sdk(url, http).with_options(default_headers=headers)
        with pytest.raises(openai.AuthenticationError, match=KEY):
            ask(client, messages=[{"role": "user", "content": "refuse"}])
        assert KEY in ask(client).choices[0].message.content
        assert KEY in "".join(texts(ask(client, stream=True)))
        claude(url, http).messages.create(
            model="claude-haiku-5-5", max_tokens=9, messages=[{"role": "user", "content": KEY}]
        )
        client.get("/models?api-key=querysecret", cast_to=object)
        noted(said, 5)
    written = path.read_text()
    assert len(written.splitlines()) == 6
    for secret in (
        KEY, organization, "proj_secret_1", "proj_0123456789abcdef", "verysecret", "querysecret",
    ):  # fmt: skip
        assert secret not in written
    for name in ("authorization", "api-key", "cookie", "organization-id", "x-request-id"):
        assert f'"{name}"' not in written.lower()


def test_several_recordings_of_one_request_are_given_in_order_and_the_last_stays(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        provider.lab(KEY).set_answers({"rules": [{"replies": ["one", "two"]}]})
        for _ in range(2):
            ask(sdk(url, http))
        noted(said, 2)
    with MockLLM("instant", replay=path) as mock:

        def words(key, times):
            client = sdk(mock.url, http, key)
            return [ask(client).choices[0].message.content for _ in range(times)]

        assert words("sk-a", 3) == ["one", "two", "two"]
        assert words("sk-b", 1) == ["one"]
        mock.lab("sk-a").reset()
        assert words("sk-a", 1) == ["one"]


def test_errors_are_recorded_too_with_what_they_ask_for(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        provider.lab(KEY).add_fault("rate_limited", first=1, retry_after_s=2, after_s=0.3)
        with pytest.raises(openai.RateLimitError) as first:
            ask(sdk(url, http))
        ask(sdk(url, http))
        noted(said, 2)
    with MockLLM("instant", replay=path) as mock:
        client = sdk(mock.url, http, "sk-a")
        begun = time.monotonic()
        with pytest.raises(openai.RateLimitError) as again:
            ask(client)
        assert 0.3 <= time.monotonic() - begun < 3.0
        assert again.value.body == first.value.body
        assert again.value.response.headers["retry-after-ms"] == "2000"
        assert ask(client).choices
        entries = mock.lab("sk-a").journal()
        assert [(entry.status, entry.outcome) for entry in entries] == [(429, "error"), (200, "ok")]
        assert entries[0].cost_nanodollars == 0
        assert again.value.response.headers["x-request-id"] == entries[0].id


def test_what_was_not_recorded_is_answered_as_usual_or_refused_if_told_so(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        ask(sdk(url, http))
        noted(said, 1)
    other = [{"role": "user", "content": "Which laptop is over $500?"}]
    with MockLLM("instant", replay=path) as mock:
        assert ask(sdk(mock.url, http, "sk-a"), messages=other).choices[0].message.content
    with MockLLM("instant", replay=path, strict_replay=True) as mock:
        client = sdk(mock.url, http, "sk-a")
        with pytest.raises(openai.BadRequestError, match="is not recorded") as refused:
            ask(client, messages=other)
        assert "The nearest is 'Which laptop is under $500?'" in refused.value.message
        assert refused.value.code == "not_recorded"
        with pytest.raises(openai.BadRequestError, match="as a whole"):
            ask(client, stream=True)
        with pytest.raises(anthropic.BadRequestError, match=r"Nothing is recorded for /v1/mess"):
            claude(mock.url, http, "sk-a").messages.create(
                model="claude-haiku-5-5", max_tokens=9, messages=other
            )
        # Who asks is no part of what is asked.
        assert ask(client, user="ann", metadata={"feature": "search"}).choices


def test_a_model_that_the_mock_does_not_know_is_replayed_and_costs_what_its_family_does(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        ask(sdk(url, http))
        noted(said, 1)
    lines = path.read_text().splitlines()
    exchanges = []
    for model in ("gpt-6-luna-2026-10-01", "somebody-elses"):
        data = json.loads(lines[1])
        data["request"]["model"] = model
        data["content"] = data["content"].replace(" gpt-6-luna ", f" {model} ")
        exchanges.append(json.dumps(data))
    path.write_text("\n".join([lines[0], *exchanges, ""]))
    with MockLLM("instant", replay=path, strict_replay=True) as mock:
        client = sdk(mock.url, http, "sk-a")
        ask(client, model="gpt-6-luna-2026-10-01")
        ask(client, model="somebody-elses")
        family, stranger = mock.lab("sk-a").journal()
    assert family.cost_nanodollars > 0
    assert (stranger.cost_nanodollars, stranger.prompt_tokens) == (0, family.prompt_tokens)


def test_faults_of_the_lab_strike_a_replay_and_take_nothing_from_it(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        provider.lab(KEY).set_answers({"rules": [{"replies": ["one " * 50, "two"]}]})
        texts(ask(sdk(url, http), stream=True))
        texts(ask(sdk(url, http), stream=True))
        noted(said, 2)
    with MockLLM("instant", replay=path) as mock:
        client, lab = sdk(mock.url, http, "sk-a"), mock.lab("sk-a")
        lab.add_fault("unavailable", first=1)
        with pytest.raises(openai.InternalServerError):
            ask(client, stream=True)
        lab.clear_faults()
        lab.add_fault("stream_cut", fraction=0.5, first=1)
        assert 0 < len("".join(texts(ask(client, stream=True)))) < len("one " * 50)
        assert "".join(texts(ask(client, stream=True))) == "two"


def test_an_upstream_that_does_not_answer_is_a_502_with_its_cause_and_no_line(path, http):
    with recording("http://127.0.0.1:9/v1", path) as (url, said):
        with pytest.raises(openai.InternalServerError, match="does not answer") as failed:
            ask(sdk(url, http))
        assert failed.value.status_code == 502
        assert "does not answer" in noted(said, 1)[0]
    assert read_recording(path) == []


def test_a_stream_that_breaks_off_breaks_off_for_the_client_and_is_not_recorded(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        provider.lab(KEY).add_fault("stream_cut", abort=1)
        with pytest.raises((httpx2.TransportError, openai.APIConnectionError)):
            texts(ask(sdk(url, http), stream=True))
        assert "broke off" in noted(said, 1)[0]
    assert read_recording(path) == []


def test_a_client_that_leaves_takes_the_upstream_request_with_it(path, http):
    with MockLLM("instant") as provider, recording(provider.base_url, path) as (url, said):
        lab = provider.lab(KEY)
        lab.add_fault("stall")
        stream = ask(sdk(url, http), stream=True)
        next(iter(stream))
        stream.close()
        assert "the client left" in noted(said, 1)[0]
        assert lab.wait_until_idle()
        assert [entry.outcome for entry in lab.journal()] == ["fault"]
    assert read_recording(path) == []


def test_a_recording_is_added_to_and_an_unfinished_line_is_left_out(path, http):
    with MockLLM("instant") as provider:
        for number in range(2):
            with recording(provider.base_url, path) as (url, said):
                ask(sdk(url, http), messages=[{"role": "user", "content": f"question {number}"}])
                noted(said, 1)
            with path.open("a") as file:
                file.write('{"method": "POST", "pa')
            assert len(read_recording(path)) == number + 1
    path.write_text("something else\n")
    with pytest.raises(SettingError, match="is a file of something else"):
        RecordingFile(path, "http://127.0.0.1:9")
    assert path.read_text() == "something else\n"


def test_what_is_no_recording_cannot_be_replayed(path):
    with pytest.raises(SettingError, match="cannot be read"):
        MockLLM(replay=path)
    path.write_text("{}\n")
    with pytest.raises(SettingError, match="is no recording; make one: mock-llm record"):
        MockLLM(replay=path)
    path.write_text('{"format":"mock_llm recording","version":9}\n')
    with pytest.raises(SettingError, match="was written by another version"):
        MockLLM(replay=path)
    path.write_text('{"format":"mock_llm recording","version":1}\n{"method":"GET"}\n')
    with pytest.raises(SettingError, match=r"line 2: is no exchange .*path is missing"):
        MockLLM(replay=path)
    with pytest.raises(SettingError, match="needs a recording"):
        MockLLM(strict_replay=True)
