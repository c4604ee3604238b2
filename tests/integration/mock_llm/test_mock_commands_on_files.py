"""`mock-llm` on files: validate, show, record, journal and so on, as their users run them."""

import csv
import io
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from mock_llm import MockLLM, connect
from mock_llm.app import Application
from mock_llm.cli.says import with_progress
from mock_llm.scenario import shipped

COMMAND = [sys.executable, "-m", "mock_llm"]
BODY = {"model": "gpt-6-luna", "user": "ann", "messages": [{"role": "user", "content": "hi"}]}
posix = pytest.mark.skipif(os.name == "nt", reason="Windows sends no such signals")


def run(*words):
    done = subprocess.run(
        [*COMMAND, *map(str, words)], capture_output=True, text=True, timeout=60, check=False
    )
    assert "Traceback" not in done.stderr
    return done


def refused(*words):
    done = run(*words)
    assert (done.returncode, done.stdout) == (1, "")
    return done.stderr


@contextmanager
def running(*words):
    """A command that serves, on a free port: its process and its URL."""
    process = subprocess.Popen(
        [*COMMAND, *map(str, words), "--port", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        said = ""
        while "OPENAI_BASE_URL=" not in said:
            said = process.stdout.readline()
            assert said, process.stderr.read()
        yield process, re.search(r"OPENAI_BASE_URL=(http://127\.0\.0\.1:\d+)/v1", said)[1]
    finally:
        process.kill()
        process.communicate(timeout=20)


def post(url, key="sk-a", **more):
    headers = {"Authorization": f"Bearer {key}"}
    reply = httpx2.post(
        f"{url}/v1/chat/completions",
        json=BODY | more,
        headers=headers,
        trust_env=False,
        timeout=20,
    )
    return reply.json()["choices"][0]["message"]["content"]


def end(process):
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=20)
    assert "Traceback" not in errors
    assert process.returncode == 0
    return said


def test_validate_says_all_that_is_wrong_and_fails(tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("rules: [{reply: x}]\n")
    bad.write_text("rules:\n- {mach: {}, reply: x}\n- {match: {regex: '('}, reply: y}\n")
    done = run("validate", good, bad)
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert lines[0] == f"{good}: answers, nothing wrong"
    assert lines[1].startswith(f"{bad}:2: rules[1]: mach: is not a setting")
    assert lines[1].endswith("(did you mean 'match'?)")
    assert lines[2].startswith(f"{bad}:3: rules[2]: match: regex: is no regular")
    assert lines[-1] == "2 mistakes"
    as_json = json.loads(run("validate", "--json", bad).stdout)
    assert [(each["line"], each["hint"]) for each in as_json] == [(2, "match"), (3, "")]
    warned = tmp_path / "warned.yaml"
    warned.write_text("rules:\n- reply: x\n- reply: y\n")
    done = run("validate", warned)
    assert (done.returncode, "warning: rules[2]" in done.stdout) == (0, True)


def test_scenarios_are_listed_and_shown():
    listed = json.loads(run("scenarios", "--json").stdout)
    assert [each["name"] for each in listed] == shipped()
    assert all(each["description"] for each in listed)
    assert all(name in run("scenarios").stdout for name in shipped())
    assert run("show", "outage").stdout.startswith(("description", "#"))
    said = refused("show", "outge")
    assert said.splitlines()[-1] == "Try: mock-llm show outage"


def test_a_server_refuses_files_that_it_cannot_use_and_says_what_to_do(tmp_path):
    bad, text = tmp_path / "bad.yaml", tmp_path / "text"
    bad.write_text("rules: [{reply: '${x}'}]\n")
    text.write_text("hello " * 1000)
    said = refused("serve", "--answers", bad, "--port", 0)
    assert said.splitlines()[-1] == f"Try: mock-llm validate {bad}"
    said = refused("serve", "--journal", text, "--port", 0)
    assert "cannot be used" in said
    assert said.splitlines()[-1] == "Try: mock-llm serve --journal requests.sqlite"
    assert text.read_text() == "hello " * 1000
    said = refused("serve", "--replay", text, "--port", 0)
    assert "is no recording" in said
    assert said.splitlines()[-1].startswith("Try: mock-llm record --upstream")
    assert "--replay FILE" in refused("serve", "--strict-replay", "--port", 0)


@posix
def test_what_a_server_wrote_down_is_exported_whole_and_adds_up(tmp_path):
    journal = tmp_path / "requests.sqlite"
    with running("serve", "--scenario", "instant", "--journal", journal) as (process, url):
        for key in ("sk-a", "sk-a", "sk-b"):
            post(url, key)
        # Also while the server has it open.
        assert len(run("journal", journal).stdout.splitlines()) == 4
        lab = connect(url, "sk-a")
        ids = [entry.id for entry in lab.journal()]
        spent = lab.ledger().total_nanodollars
        end(process)
    assert not journal.with_name("requests.sqlite-wal").exists()
    rows = list(csv.DictReader(io.StringIO(run("journal", journal, "--lab", "sk-a").stdout)))
    assert [row["id"] for row in rows] == ids
    assert json.loads(rows[0]["request"]) == BODY
    assert sum(int(row["cost_nanodollars"]) for row in rows) == spent
    (bill,) = json.loads(run("ledger", journal, "--lab", "sk-a", "--by", "user", "--json").stdout)
    assert (bill["user"], bill["requests"], bill["cost_nanodollars"]) == ("ann", 2, spent)
    assert bill["cost_dollars"] == f"0.{spent:09d}"
    out = tmp_path / "bill.csv"
    done = run("ledger", journal, "--out", out)
    assert (done.returncode, done.stdout) == (0, "")
    header, *lines = out.read_text().splitlines()
    assert header.startswith("day,key,model,user,feature,requests,prompt_tokens")
    assert [line.split(",")[1] for line in lines] == ["sk-a", "sk-b"]


def test_an_export_that_fails_says_why_and_leaves_no_file(tmp_path):
    out, other = tmp_path / "out.csv", tmp_path / "other.sqlite"
    assert "there is no such file" in refused("journal", tmp_path / "none", "--out", out)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (a)")
    db.close()
    said = refused("ledger", other, "--out", out)
    assert "is not a journal" in said
    assert said.splitlines()[-1] == "Try: mock-llm serve --journal requests.sqlite"
    text = tmp_path / "serve.log"
    text.write_text("listening")
    said = refused("ledger", text)  # nobody's log is to be written over
    assert said.splitlines()[-1] == "Try: mock-llm serve --journal requests.sqlite"
    text.unlink()
    assert sorted(tmp_path.iterdir()) == [other]
    assert "day, key, model, user, feature, not usr" in refused("ledger", other, "--by", "usr")
    assert "cannot be written" in refused("journal", other, "--out", tmp_path / "no" / "out.csv")


@posix
def test_record_writes_what_serve_replays(tmp_path):
    file = tmp_path / "recording.jsonl"
    with MockLLM("instant") as provider:
        to = ("--upstream", provider.base_url, "--to", file)
        with running("record", *to) as (process, url):
            said = post(url, "sk-real")
            ends = time.monotonic() + 10
            while file.read_text().count("\n") < 2 and time.monotonic() < ends:
                time.sleep(0.02)
            assert "1 recorded. Replay: mock-llm serve --replay" in end(process)
    assert run("validate", file).stdout == f"{file}: recording, nothing wrong\n"
    assert "sk-real" not in file.read_text()
    options = ("--replay", file, "--strict-replay", "--seed", "99")
    with running("serve", "--scenario", "instant", *options) as (process, url):
        assert post(url) == said
        end(process)


def test_record_refuses_what_is_no_provider_no_file_and_no_place_for_keys(tmp_path):
    file = tmp_path / "other"
    file.write_text("something else\n")
    upstream = ("--upstream", "http://127.0.0.1:9/v1")
    assert "is a file of something else" in refused("record", *upstream, "--to", file)
    new = tmp_path / "new"
    assert "expected a URL" in refused("record", "--upstream", "openai", "--to", new)
    assert not new.exists()
    where = ("--host", "0.0.0.0")  # noqa: S104
    assert "keys pass through" in refused("record", *upstream, "--to", new, *where)


def test_each_command_helps_with_examples():
    for name in ("serve", "validate", "scenarios", "show", "record", "journal", "ledger"):
        done = run(name, "--help")
        assert f"mock-llm {name}" in done.stdout.partition("examples:")[2]


def test_a_reader_that_has_had_enough_ends_an_export_quietly(tmp_path):
    journal = tmp_path / "requests.sqlite"
    app = Application(scenario="instant", journal=journal)
    for _ in range(50):
        visit = app.labs.open("sk-a").arrive("/v1/models")
        visit.body = b"x" * 200_000  # together more than any pipe holds
        visit.close("ok", 200)
    app.close()
    process = subprocess.Popen(
        [*COMMAND, "journal", str(journal)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    process.stdout.readline()
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert process.wait(20) == 0
    assert errors == b""


@posix
@pytest.mark.parametrize(
    "words",
    ["validate --json bad.yaml", "validate bad.yaml", "scenarios", "show outage", "serve --help"],
)
def test_a_reader_that_is_gone_ends_every_command_quietly(tmp_path, words):
    (tmp_path / "bad.yaml").write_text("rules:\n" + "- {mach: {}, reply: x}\n" * 900)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = subprocess.run(
            [*COMMAND, *words.split()],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(Path.cwd())},
            stdout=writer,
            stderr=subprocess.PIPE,
            timeout=60,
            check=False,
        )
    finally:
        os.close(writer)
    assert (done.returncode, done.stderr) == (0, b"")


def test_who_waits_longer_is_told_how_far_it_is(monkeypatch, capsys):
    now = iter(range(0, 10_000, 3))
    monkeypatch.setattr("mock_llm.cli.says.time.monotonic", lambda: float(next(now)))
    assert len(list(with_progress(range(1_200), "requests"))) == 1_200
    assert capsys.readouterr().err == "500 requests …\n1,000 requests …\n"
