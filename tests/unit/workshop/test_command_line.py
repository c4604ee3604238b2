"""The `workshop` command line itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from workshop import __version__
from workshop.__main__ import main
from workshop.cli_help import COMMANDS

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"], ["help"]])
def test_help_names_every_command_and_the_next_step(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MOCK_LLM_URL", raising=False)
    assert main(arguments) == 0
    text = capsys.readouterr().out
    for name in COMMANDS:
        assert f"  {name} " in text
    assert text.rstrip().splitlines()[-1].endswith("-m workshop lab")
    assert max(len(line) for line in text.splitlines()) <= 100


def test_the_nearest_command_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["chekc"]) == 2
    error = capsys.readouterr().err
    assert "no command 'chekc'" in error
    assert "Next: " in error
    assert error.rstrip().endswith("workshop check")


def test_a_command_like_no_other_leads_to_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["qqqq"]) == 2
    assert "--help" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"workshop {__version__}\n"


@pytest.mark.parametrize("name", ["lab", "test", "doctor", "reset", "progress", "lock"])
def test_every_command_explains_itself_with_examples(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main([name, "--help"])
    assert end.value.code == 0
    text = capsys.readouterr().out
    assert f"usage: workshop {name}" in text
    assert f"-m workshop {name}" in text


def test_a_port_that_is_none_is_refused_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(["lab", "--port", "abc"])
    assert end.value.code == 2
    assert "'abc' is not a port (1 to 65535)" in capsys.readouterr().err


def test_a_command_whose_module_is_not_there_says_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    absent = type(COMMANDS["lab"])("grade", "workshop.absent.command", "x", "y", "nothing")
    monkeypatch.setitem(COMMANDS, "grade", absent)
    assert main(["grade"]) == 1
    assert "not part of this clone" in capsys.readouterr().err


def test_help_imports_no_package() -> None:
    code = (
        "import sys; from workshop.__main__ import main; main(['--help']);"
        "print([m for m in ('rich', 'pydantic', 'numpy', 'nbgrader') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.rstrip().endswith("[]")


def test_a_reader_who_leaves_early_causes_no_traceback() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop", "--help"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.close()
    assert b"Traceback" not in process.stderr.read()
    process.wait(timeout=30)
    process.stderr.close()
