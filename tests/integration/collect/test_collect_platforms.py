"""Whole downloads, as each platform makes them, end up with the right students."""

from __future__ import annotations

from pathlib import Path

import pytest
from collect_downloads import CLASS, PART, under, work, wrapped, write, zipped

from workshop.bootstrap_paths import Clone

ALL = {"aroe": "A", "bdoe": "B", "s+3 é": "Z"}


@pytest.fixture(autouse=True)
def class_list(clone: Clone) -> None:
    write(clone.root, {"grading/students.csv": CLASS.encode()})


def test_moodle_with_a_folder_for_each_student(collected, placed) -> None:
    code, report = collected(
        {
            **under("Roe Ann_11_assignsubmission_file_", work("A")),
            "Roe Ann_11_assignsubmission_onlinetext_/onlinetext.html": b"hello",
            "Bo Doe_12_assignsubmission_file_/my work.zip": wrapped("B"),
            **under("OPoe Zoe\u0308_13_assignsubmission_file_/x/y", work("Z")),
        }
    )
    assert (code, placed()) == (0, ALL)
    assert [one["student"] for one in report["placed"]] == sorted(ALL)
    assert "onlinetext.html" in report["ignored"][0]["reason"]


def test_moodle_with_all_files_in_one_folder(collected, placed) -> None:
    names = {"Roe Ann_11": "A", "Bo Doe_12": "B", "Zoë OPoe_13": "Z"}
    start = "assignsubmission_file"
    code, _ = collected({f"{name}_{start}_w.zip": wrapped(mark) for name, mark in names.items()})
    assert (code, placed()) == (0, ALL)


def test_canvas_with_late_and_repeated_submissions(collected, placed) -> None:
    code, report = collected(
        {
            "roeann_LATE_1_100_work.zip": wrapped("A"),
            "doebo_2_101_work.zip": wrapped("old"),
            "doebo_2_205_work-1.zip": wrapped("B"),
            "opoezoë_3_102_w.zip": wrapped("Z"),
            "opoezoë_3_103_notes.pdf": b"",
        }
    )
    assert (code, placed()) == (0, ALL)
    reasons = {note["name"]: note["reason"] for note in report["ignored"]}
    assert reasons["doebo_2_101_work.zip"] == (
        "bdoe handed in a newer one of this name, which counts: doebo_2_205_work-1.zip"
    )
    assert {one["student"]: one["from"] for one in report["placed"]}["bdoe"] == (
        "doebo_2_205_work-1.zip"
    )


def test_of_a_late_and_an_earlier_submission_the_one_that_counts_is_named_alone(
    collect, placed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old, new = "roeann_1_100_work.zip", "roeann_LATE_1_200_work-1.zip"
    write(tmp_path / "download", {old: wrapped("old"), new: wrapped("A")})
    assert collect("1", "download") == 0
    assert placed() == {"aroe": "A"}
    said = " ".join(capsys.readouterr().out.split())
    assert f"files from {new}; late" in said
    assert f"{old}: aroe handed in a newer one of this name, which counts: {new}" in said
    assert said.count(old) == 1


def test_blackboard_with_attempts_and_receipts(collected, placed, clone: Clone) -> None:
    start, morning, noon = "Part 1", "attempt_2026-11-20-10-11-12", "attempt_2026-11-20-12-00-00"
    download = {
        f"{start}_aroe_{morning}.txt": b"Name: Ann Roe",
        f"{start}_aroe_{morning}_work.zip": wrapped("old"),
        f"{start}_aroe_{noon}.txt": b"Name: Ann Roe",
        f"{start}_aroe_{noon}_work.zip": wrapped("A"),
        f"{start}_bdoe_{morning}_work.zip": wrapped("B"),
        f"{start}_s+3 é_{morning}_w.zip": wrapped("Z"),
    }
    code, report = collected(download, "--timezone", "Europe/Berlin")
    assert (code, placed()) == (0, ALL)
    assert report["ignored"][0]["reason"].startswith("aroe handed in a newer one")
    place = clone.root / "grading" / "submitted" / "aroe" / PART
    assert (place / "timestamp.txt").read_text() == "2026-11-20 11:00:00 UTC"


def test_without_the_zone_of_blackboards_times_none_is_written(collected, clone: Clone) -> None:
    collected({"Part 1_aroe_attempt_2026-11-20-10-11-12_work.zip": wrapped("A")})
    assert not list(clone.root.rglob("timestamp.txt"))


def test_folders_and_zips_named_by_the_id(collect, placed, tmp_path: Path) -> None:
    write(
        tmp_path / "download",
        {
            **under(f"aroe/work/{PART}", work("A")),
            "bdoe.zip": zipped(work("B")),
            "s+3 é/w.ZIP": wrapped("Z"),
            ".DS_Store": b"",
        },
    )
    assert collect("1", "download") == 0
    assert placed() == ALL


def test_a_download_that_was_zipped_with_its_folder(collected, placed) -> None:
    files = {"aroe.zip": wrapped("A"), **under("bdoe", work("B")), "s+3 é.zip": wrapped("Z")}
    code, _ = collected({**under("Part 1 submissions", files), "__MACOSX/x": b""})
    assert (code, placed()) == (0, ALL)


def test_without_a_class_list_the_platforms_names_are_the_ids(
    collected, placed, clone: Clone
) -> None:
    (clone.root / "grading" / "students.csv").unlink()
    code, _ = collected(
        {
            "roeann_1_100_work.zip": wrapped("A"),
            "Part 1_bdoe_attempt_2026-11-20-10-11-12_w.zip": wrapped("B"),
            **under("Zoë Poe_3_assignsubmission_file_", work("Z")),
        }
    )
    assert (code, placed()) == (0, {"roeann": "A", "bdoe": "B", "Zoë Poe": "Z"})


def test_another_class_list_can_be_named(collected, placed, clone: Clone) -> None:
    write(clone.root, {"other.csv": b"id\nroeann\n"})
    code, _ = collected({"roeann_1_100_work.zip": wrapped("A")}, "--students", "other.csv")
    assert (code, placed()) == (0, {"roeann": "A"})
