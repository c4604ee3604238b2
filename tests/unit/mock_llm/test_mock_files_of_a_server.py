"""What a server has for all its labs: one journal on disk, one memory; nothing loaded in vain."""

import subprocess
import sys

import pytest

from mock_llm import MockLLM, SettingError
from mock_llm.app import Application
from mock_llm.evidence import disk

LAZY = [
    "fastapi",
    "httpx",
    "mock_llm.cli.record",
    "mock_llm.evidence.disk",
    "mock_llm.evidence.export",
    "mock_llm.scripted.placed",
    "mock_llm.scripted.record",
    "mock_llm.scripted.recording",
    "mock_llm.scripted.replay",
    "mock_llm.scripted.rule_match",
    "mock_llm.scripted.rule_replies",
    "mock_llm.scripted.rules",
    "mock_llm.scripted.templates",
    "mock_llm.scripted.told_choice",
    "mock_llm.scripted.validate",
    "mock_llm.wire.replay",
    "sqlite3",
]


def visit(lab):
    lab.arrive("/v1/models").close("ok", 200)


def test_all_labs_write_into_one_file_and_share_one_memory(tmp_path):
    path = tmp_path / "journal.sqlite"
    app = Application(scenario="instant", journal=path)
    labs = [app.labs.open(key) for key in ("sk-a", "sk-b")]
    for lab in labs:
        visit(lab)
    assert [row["lab"] for row in disk.read(path)] == ["sk-a", "sk-b"]
    assert len({row["run"] for row in disk.read(path)}) == 1
    assert len({id(lab.records._journal._room) for lab in labs}) == 1
    assert labs[0].records._journal._room.journals == 2
    app.close()
    app.close()
    assert sorted(each.name for each in tmp_path.iterdir()) == ["journal.sqlite"]


def test_a_reset_empties_the_memory_and_never_the_file(tmp_path):
    path = tmp_path / "journal.sqlite"
    with MockLLM("instant", journal=path) as mock:
        visit(mock.lab("sk-a"))
        mock.lab("sk-a").reset()
        visit(mock.lab("sk-a"))
        assert len(mock.lab("sk-a").journal()) == 1
    assert len(list(disk.read(path))) == 2
    with pytest.raises(RuntimeError, match="make a new MockLLM"):
        mock.start()
    with MockLLM("instant", journal=path) as again:
        visit(again.lab("sk-a"))
    assert len(list(disk.read(path))) == 3


def test_a_server_does_not_start_on_a_file_of_something_else(tmp_path):
    path = tmp_path / "text"
    path.write_text("hello " * 1000)
    with pytest.raises(SettingError, match="cannot be used"):
        MockLLM(journal=path)
    assert path.read_text() == "hello " * 1000


def test_who_uses_none_of_it_loads_none_of_it():
    program = (
        "import sys; from mock_llm.cli import parser_for; parser_for(['serve']);"
        "from mock_llm.app import Application; import mock_llm.serving;"
        "app = Application(scenario='instant'); app.labs.open('a'); print(*sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert "mock_llm.cli.serve" in done.stdout.split()
    assert set(LAZY) & set(done.stdout.split()) == set()
