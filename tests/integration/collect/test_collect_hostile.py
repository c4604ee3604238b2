"""One bad submission is a line of the report; the others are placed."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path

import pytest
from collect_downloads import CLASS, PART, under, work, wrapped, write, zipped

from workshop.bootstrap_paths import Clone

GOOD = {"bdoe.zip": wrapped("B")}


def link(name: str, to: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as target:
        info = zipfile.ZipInfo(name)
        info.create_system, info.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        target.writestr(info, to)
    return content.getvalue()


def encrypted(content: bytes) -> bytes:
    changed = bytearray(content)
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        changed[changed.index(mark) + offset] |= 1
    return bytes(changed)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (zipped({**work("A"), "../../evil.py": b""}), "leads out of the submission"),
        (zipped({**work("A"), "/etc/evil.py": b""}), "leads out of the submission"),
        (zipped({**work("A"), "C:\\evil.py": b""}), "leads out of the submission"),
        (zipped({**work("A"), "..\\evil.py": b""}), "leads out of the submission"),
        (link("shop", "/etc"), "holds no file of part 1"),
        (link("shop/prices.py", "/etc/passwd"), "shop/prices.py is a link"),
        (zipped({"lesson.ipynb": b"", "x.bin": b"\0" * (51 << 20)}), "51 MB unpacked"),
        (zipped({f"{number}/": b"" for number in range(2001)}), "2001 files and folders"),
        (zipped({"shop/big.py": b"\0" * ((2 << 20) + 1)}), "shop/big.py is bigger than 2 MB"),
        (encrypted(zipped({"lesson.ipynb": b"{}"})), "lesson.ipynb is encrypted"),
        (b"PK\x03\x04 and no more", "aroe.zip is damaged"),
        (b"", "aroe.zip is damaged"),
        (zipped({"inner.zip": wrapped("A")}), "inner.zip is a zip in a zip"),
        (zipped({"shop/a.py": b"1", "shop/A.py": b"2"}), "one file on some systems"),
        (zipped({"shop": b"", "shop/a.py": b"1"}), "both a file and a folder"),
        (zipped({**under("new", work("A")), **under("old", work("O"))}), "new and old"),
        (zipped({"notes.txt": b""}), "holds no file of part 1"),
    ],
)
def test_a_bad_zip_is_a_problem_and_the_others_go_on(
    collected, placed, clone: Clone, content: bytes, says: str
) -> None:
    code, report = collected({"aroe.zip": content, **GOOD})
    assert (code, placed()) == (1, {"bdoe": "B"})
    (problem,) = report["problems"]
    assert problem["name"] == "aroe.zip"
    assert says in problem["reason"]
    assert [path.name for path in (clone.root / "grading/submitted").iterdir()] == ["bdoe"]
    assert not list(clone.root.rglob("evil.py"))


@pytest.mark.parametrize("name", ["../aroe.zip", "/aroe.zip", "x/../../aroe.zip", "..\\aroe.zip"])
def test_a_download_whose_own_paths_lead_out_is_a_problem(collected, placed, name: str) -> None:
    code, report = collected({name: wrapped("A"), **GOOD})
    assert (code, placed()) == (1, {"bdoe": "B"})
    assert "leads out of the submission" in report["problems"][0]["reason"]


@pytest.mark.parametrize("student", [".aroe", "con", "ab:c", "x" * 201, "é" * 130])
def test_an_id_that_is_no_folder_name_is_a_problem(collected, placed, student: str) -> None:
    code, report = collected({f"{student}.zip": wrapped("A"), **GOOD})
    assert (code, placed()) == (1, {"bdoe": "B"})
    assert "no folder can be named so" in report["problems"][0]["reason"]


def test_ids_that_differ_in_case_only_do_not_share_a_folder(collected, placed) -> None:
    code, report = collected({"BDoe.zip": wrapped("A"), **GOOD})
    assert (code, placed()) == (1, {"BDoe": "A"})
    assert "one folder on some systems" in report["problems"][0]["reason"]


def test_links_in_a_downloaded_folder_are_not_followed(collect, placed, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", work("secret"))
    write(tmp_path / "download/bdoe", work("B"))
    (tmp_path / "download/aroe").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "download/croe").mkdir()
    (tmp_path / "download/croe/shop").symlink_to(tmp_path / "elsewhere/shop")
    (tmp_path / "download/doe.zip").symlink_to(tmp_path / "elsewhere/lesson.ipynb")
    assert collect("1", "download") == 1
    assert placed() == {"bdoe": "B"}


def test_a_broken_newest_attempt_is_not_replaced_by_an_older_one(collected, placed) -> None:
    start = "Part 1_aroe_attempt_2026-11-20"
    code, report = collected(
        {f"{start}-09-00-00_w.zip": wrapped("old"), f"{start}-10-00-00_w.zip": b"broken", **GOOD}
    )
    assert (code, placed()) == (1, {"bdoe": "B"})
    assert report["problems"][0]["name"] == f"{start}-10-00-00_w.zip"


def test_a_student_cannot_pass_for_another_by_a_files_name(collected, placed, clone: Clone) -> None:
    write(clone.root, {"grading/students.csv": CLASS.encode()})
    names = [
        "doebo_1_2_x_aroe_attempt_2026-11-20-10-11-12_w.zip",
        "Bo Doe_7_assignsubmission_file_Ann Roe_8_assignsubmission_file_w.zip",
    ]
    for name in names:
        collected({name: wrapped("B")})
    assert set(placed()) <= {"bdoe"}


def test_what_would_move_the_cursor_is_shown_as_text(
    collect, clone: Clone, capsys: pytest.CaptureFixture[str]
) -> None:
    write(clone.root, {"all.zip": zipped({"a\x1b[2J.py": b"", "[red]b.py": b""})})
    assert collect("1", "all.zip") == 1
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "[red]b.py" in out


def test_a_file_in_a_students_place_is_a_problem(collected, placed, clone: Clone) -> None:
    write(clone.root, {f"grading/submitted/aroe/{PART}": b"mine"})
    code, report = collected({"aroe.zip": wrapped("A"), **GOOD})
    assert (code, placed()) == (1, {"bdoe": "B"})
    assert "move it away" in report["problems"][0]["reason"]
    assert (clone.root / f"grading/submitted/aroe/{PART}").read_text() == "mine"
