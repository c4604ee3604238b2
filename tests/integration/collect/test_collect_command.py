"""`workshop collect` as people and scripts see it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from collect_downloads import CLASS, PART, under, work, wrapped, write, zipped

from workshop.bootstrap_paths import Clone
from workshop.bootstrap_stop import EXIT_INTERRUPTED, Stop
from workshop.cli_help import COMMANDS
from workshop.collect.place import Places

DOWNLOAD = {"aroe.zip": wrapped("A"), "bdoe.zip": wrapped("B")}


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_json_is_all_that_is_printed_and_has_every_key(collected) -> None:
    code, report = collected({"aroe.zip": wrapped("A"), "llm.py": b"", "index.html": b""})
    assert code == 1
    assert report == {
        "part": PART,
        "placed": [{"student": "aroe", "files": sorted(work("A")), "from": "aroe.zip"}],
        "unchanged": [],
        "differs": [],
        "elsewhere": [],
        "unmatched": [{"name": "llm.py", "reason": "its name says no student"}],
        "problems": [],
        "ignored": [{"name": "index.html", "reason": "its name says no student, and it is no zip"}],
        "missing": [],
        "not_listed": [],
    }


def test_files_that_everybody_was_given_are_not_said_to_be_left_aside(
    collected, clone: Clone
) -> None:
    write(clone.root / "exercises" / PART, {"demos/draft.py": b"", "README.md": b""})
    more = {"demos/draft.py": b"", "README.md": b"", "mine.md": b""}
    _, report = collected({"aroe.zip": zipped({**work("A"), **more}, PART)})
    assert report["ignored"] == [{"name": "aroe.zip", "reason": "1 not of part 1: mine.md"}]


def test_a_second_run_changes_nothing(collected, clone: Clone) -> None:
    collected(DOWNLOAD)
    before = tree(clone.root / "grading")
    code, report = collected(DOWNLOAD)
    assert code == 0
    assert [one["student"] for one in report["unchanged"]] == ["aroe", "bdoe"]
    assert tree(clone.root / "grading") == before


def test_what_differs_stays_until_it_is_to_be_updated(collected, placed, clone: Clone) -> None:
    collected(DOWNLOAD)
    newer = {**DOWNLOAD, "aroe.zip": wrapped("A2")}
    code, report = collected(newer)
    assert (code, placed()["aroe"]) == (1, "A")
    assert [one["student"] for one in report["differs"]] == ["aroe"]
    code, report = collected(newer, "--update")
    assert (code, placed()["aroe"]) == (0, "A2")
    assert [one["student"] for one in report["placed"]] == ["aroe"]
    (old,) = (clone.root / "grading/replaced").glob(f"*/aroe/{PART}/shop/prices.py")
    assert old.read_text() == "# A\n"


def test_a_dry_run_says_the_same_and_writes_nothing(collected, clone: Clone) -> None:
    code, dry = collected({**DOWNLOAD, "x.py": b""}, "--dry-run")
    assert code == 1
    assert not (clone.root / "grading").exists()
    assert collected({**DOWNLOAD, "x.py": b""}) == (1, dry)
    before = tree(clone.root / "grading")
    _, report = collected({"aroe.zip": wrapped("A2")}, "--dry-run", "--update")
    assert len(report["placed"]) == 1
    assert tree(clone.root / "grading") == before


def test_people_see_a_table_and_what_to_type_next(
    collect, clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "120")
    write(clone.root, {"class.csv": CLASS.encode(), "all.zip": zipped(DOWNLOAD)})
    assert collect("1", "all.zip", "--students", "class.csv", "--dry-run") == 0
    out = capsys.readouterr().out
    assert "would be placed" in out
    assert "2 would be placed; nothing was written." in out
    assert " placed; nothing was written" not in out.replace("would be placed", "")
    assert "On the class list, nothing handed in: s+3 é." in out
    assert out.rstrip().endswith("workshop collect 1 all.zip --students class.csv")
    write(clone.root, {"all.zip": zipped({**DOWNLOAD, "Anne Roe.zip": b"", "n.txt": b""})})
    assert collect("1", "all.zip", "--students", "class.csv") == 1
    out = capsys.readouterr().out
    assert re.search(r"aroe +placed +3 files from aroe\.zip", out)
    assert re.search(r"Anne Roe\.zip +no student +.*did you mean aroe", out)
    assert "2 placed, 1 without a student." in out
    assert "- n.txt: its name says no student" in out
    assert out.rstrip().endswith("workshop grade 1")


def test_a_late_submission_and_a_kept_one_are_said(
    collect, clone: Clone, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    for mark in "AB":
        write(clone.root, {"all.zip": zipped({"roeann_LATE_1_2_w.zip": wrapped(mark)})})
        collect("1", "all.zip", "--update")
    out = capsys.readouterr().out
    assert out.count("; late") == 2
    assert "the old one is in" in out


@pytest.fixture
def next_step(collect, clone: Clone, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """What a run on such a download says at its end."""

    def run(download: Mapping[str, bytes], *words: str) -> str:
        write(clone.root, {"all.zip": zipped(download)})
        collect("1", "all.zip", *words)
        return capsys.readouterr().out.rpartition("Next: ")[2].strip()

    return run


def test_with_nothing_in_place_the_next_step_is_what_helps(next_step, clone: Clone) -> None:
    unclear = {"P_1_a_roe_attempt_2026-11-20-10-11-12_w.zip": b""}
    assert next_step(unclear).endswith("all.zip --students class.csv, with your class list")
    write(clone.root, {"c2.csv": CLASS.encode()})
    said = next_step(unclear, "--students", "c2.csv")
    assert said.startswith("put right what is said above, then")
    assert said.endswith("workshop collect 1 all.zip --students c2.csv")


def test_with_nothing_but_differences_the_next_step_is_to_update(next_step) -> None:
    next_step(DOWNLOAD)
    newer = {"aroe.zip": wrapped("A2")}
    assert next_step(newer).endswith("1 all.zip --update replaces them; the old ones are kept")
    assert next_step(newer, "--update", "--dry-run").endswith("collect 1 all.zip --update")


def test_an_empty_download_is_said(
    collect, clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    write(clone.root, {"all.zip": zipped({})})
    assert collect("1", "all.zip") == 0
    assert "no submissions in it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["7", "all.zip"], "there is no part '7'"),
        (["1", "none.zip"], "none.zip is not there"),
        (["1", "no.zip"], "no.zip is neither a folder nor a zip file"),
        (["1", "all.zip", "--students", "none.csv"], "none.csv cannot be read"),
        (["1", "all.zip", "--students", "bad.csv"], "bad.csv has no column id"),
        (["1", "all.zip", "--timezone", "Moon"], "there is no time zone 'Moon'"),
    ],
)
def test_wrong_usage_is_one_sentence_and_a_next_step(
    collect, clone: Clone, words: list[str], reason: str
) -> None:
    write(clone.root, {"all.zip": zipped(DOWNLOAD), "no.zip": b"x", "bad.csv": b"name\nAnn\n"})
    with pytest.raises(Stop) as stop:
        collect(*words)
    assert stop.value.code == 2
    assert stop.value.reason.startswith(reason)
    assert stop.value.next_step
    assert not (clone.root / "grading").exists()


def test_ctrl_c_between_students_leaves_whole_students(
    collect, placed, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = Places.put

    def stopping(self: Places, student: str, *more: object) -> object:
        if student == "bdoe":
            raise KeyboardInterrupt
        return put(self, student, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(Places, "put", stopping)
    write(clone.root, {"all.zip": zipped(DOWNLOAD)})
    with pytest.raises(Stop) as stop:
        collect("1", "all.zip")
    assert stop.value.code == EXIT_INTERRUPTED
    assert stop.value.reason.startswith("stopped; placed so far: 1,")
    assert placed() == {"aroe": "A"}
    submitted = set(under(f"submitted/aroe/{PART}", work("A")))
    assert set(tree(clone.root / "grading")) == submitted | {f"collected/{PART}.json"}


def test_a_full_disk_ends_the_run_with_a_sentence(
    collect, clone: Clone, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Places, *more: object) -> None:
        raise OSError(28, "No space left on device", "grading")

    monkeypatch.setattr(Places, "put", full)
    write(clone.root, {"all.zip": zipped(DOWNLOAD)})
    with pytest.raises(Stop) as stop:
        collect("1", "all.zip")
    assert (stop.value.code, stop.value.reason) == (1, "No space left on device: grading.")


def test_the_command_is_one_of_the_workshops() -> None:
    assert COMMANDS["collect"].module == "workshop.collect.command"
