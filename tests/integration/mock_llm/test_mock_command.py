"""The `mock-llm` command, run as its users run it."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import httpx2
import pytest

from mock_llm import ServerProblem, connect

COMMAND = [sys.executable, "-m", "mock_llm"]
BODY = {"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}]}
posix = pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")
SECRET = {"MOCK_LLM_ADMIN_TOKEN": "secret"}
NO_TOKEN = {"MOCK_LLM_ADMIN_TOKEN": ""}


@contextmanager
def serving(*options, **environment):
    """A server on a free port: its process and its URL."""
    process = subprocess.Popen(
        [*COMMAND, "serve", "--port", "0", *options],
        env=os.environ | NO_TOKEN | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = process.stdout.readline()
        yield process, re.search(r"http://127\.0\.0\.1:\d+", said).group()
    finally:
        process.kill()
        process.communicate(timeout=20)


def refused(*options, **environment):
    done = subprocess.run(
        [*COMMAND, *options],
        env=os.environ | NO_TOKEN | environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@posix
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end_even_while_a_request_hangs(how):
    with serving("--scenario", "instant", "--seed", "3") as (process, url):
        lab = connect(url, api_key="sk-a")
        assert lab.scenario().name == "instant"
        assert lab.state()["seed"] == 3
        lab.add_fault("hang")
        broken = []

        def hang():
            headers = {"Authorization": "Bearer sk-a"}
            try:
                httpx2.post(
                    f"{url}/v1/chat/completions",
                    json=BODY,
                    headers=headers,
                    trust_env=False,
                    timeout=60,
                )
            except httpx2.TransportError as error:
                broken.append(error)

        hanging = threading.Thread(target=hang)
        hanging.start()
        while not lab.state()["underway"]:
            time.sleep(0.02)
        process.send_signal(how)
        _, errors = process.communicate(timeout=20)
        hanging.join(20)
    assert len(broken) == 1
    assert "Traceback" not in errors
    assert process.returncode in (0, -signal.SIGTERM)


def test_waits_are_scaled_for_every_lab_of_the_server():
    with serving("--scenario", "healthy", "--time-scale", "0") as (_, url):
        lab = connect(url, api_key="sk-a")
        assert lab.time_scale() == 0
        lab.set_latency(ttft_s=60)
        headers = {"Authorization": "Bearer sk-a"}
        reply = httpx2.post(
            f"{url}/v1/chat/completions", json=BODY, headers=headers, trust_env=False, timeout=20
        )
        assert reply.status_code == 200


def test_a_port_that_is_taken_is_said_with_what_to_do():
    with serving() as (_, url):
        said = refused("serve", "--port", url.rpartition(":")[2])
    assert "is taken" in said
    assert said.splitlines()[-1] == "Try: mock-llm serve --port 0"


def test_other_machines_get_in_only_with_a_flag_and_a_token():
    for options in ([], ["--allow-remote"], ["--admin-token", "secret"]):
        said = refused("serve", "--host", "0.0.0.0", "--port", "0", *options)  # noqa: S104
        assert "can be reached by other machines" in said
        assert "--allow-remote --admin-token SECRET" in said.splitlines()[-1]
        assert ("MOCK_LLM_ADMIN_TOKEN is not set" in said) is ("--admin-token" not in options)


def asks_for(token, url):
    """Whether a server takes this token for its own, and none at all for no token."""
    with pytest.raises(ServerProblem, match="admin token"):
        connect(url, api_key="sk-a")
    return connect(url, api_key="sk-a", admin_token=token).scenario().name == "instant"


def test_the_token_can_come_from_the_environment_where_no_list_of_processes_shows_it():
    options = ("--allow-remote", "--scenario", "instant")
    with serving("--host", "127.0.0.1", *options, **SECRET) as (_, url):
        assert asks_for("secret", url)


def test_a_token_on_the_command_line_wins():
    options = ("--scenario", "instant", "--admin-token", "typed")
    with serving(*options, **SECRET) as (_, url):
        assert asks_for("typed", url)
    options = ("--scenario", "instant", "--admin-token", "")
    with serving(*options, **SECRET) as (_, url):
        assert connect(url, api_key="sk-a").scenario().name == "instant"


def test_an_empty_variable_is_no_token():
    with serving("--scenario", "instant", **NO_TOKEN) as (_, url):
        assert connect(url, api_key="sk-a").scenario().name == "instant"
    said = refused("serve", "--host", "0.0.0.0", "--allow-remote", **NO_TOKEN)  # noqa: S104
    assert "can be reached by other machines" in said


@pytest.mark.parametrize(
    ("options", "cause"),
    [
        (["--scenario", "sunny"], "'sunny': neither a file nor one of brownout, "),
        (["--time-scale", "-1"], "'-1' is no time scale"),
        (["--time-scale", "fast"], "'fast' is no time scale"),
        (["--port", "99999"], "'99999' is no port"),
        (["--host", "192.0.2.1", "--allow-remote", "--admin-token", "x"], "Cannot listen on"),
        (["--log-level", "loud"], "invalid choice: 'loud'"),
    ],
)
def test_what_cannot_be_served_is_said_in_a_sentence(options, cause):
    assert cause in refused("serve", *options)


@pytest.mark.parametrize(
    ("options", "instead"),
    [
        (["--scenario", "outtage"], "mock-llm serve --scenario outage"),
        (["--scenario", "sunny"], "mock-llm serve --scenario healthy"),
        (["--keys", "nowhere.txt"], "echo sk-lab-ada > nowhere.txt"),
        (["--answers", "nowhere.yaml"], "mock-llm serve --answers rules.yaml"),
    ],
)
def test_what_to_type_instead_is_about_what_was_wrong(options, instead):
    assert refused("serve", *options).splitlines()[-1] == f"Try: {instead}"


def test_a_model_that_is_not_there_is_named_once_with_what_to_type():
    body = BODY | {"model": "gpt-4o-mini"}
    with serving("--scenario", "instant", "--model", "gpt-4o") as (process, url):
        with httpx2.Client(trust_env=False, headers={"Authorization": "Bearer sk-any"}) as http:
            said = [
                http.post(f"{url}/v1/chat/completions", json=body | {"model": each}).status_code
                for each in ("gpt-4o", "gpt-4o-mini", "gpt-4o-mini")
            ]
        process.terminate()
        _, logged = process.communicate(timeout=20)
    assert said == [200, 404, 404]
    assert logged.count("mock-llm serve --model gpt-4o-mini=gpt-6-luna") == 1


def test_a_model_that_is_like_none_is_said_with_what_was_meant():
    said = refused("serve", "--model", "gpt-4o=gpt-6-lunar")
    assert "gpt-4o: like: 'gpt-6-lunar' is none of" in said
    assert "did you mean 'gpt-6-luna'?" in said


def test_without_a_command_it_shows_what_there_is():
    done = subprocess.run(COMMAND, capture_output=True, text=True, timeout=60, check=False)
    assert "serve until Ctrl-C" in done.stdout
