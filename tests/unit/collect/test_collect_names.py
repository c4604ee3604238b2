"""What the names of the platforms say, and when a name says too much."""

from __future__ import annotations

import datetime

import pytest

from workshop.collect.names import Label, labels

TEN_PAST_TEN = datetime.datetime(2026, 11, 20, 10, 10, 0)


def the_label(name: str, *, loose: bool = True) -> Label:
    (label,) = labels(name, loose=loose)
    return label


@pytest.mark.parametrize(
    ("folder", "name", "number"),
    [
        ("Roe Ann_1234567_assignsubmission_file_", "Roe Ann", "1234567"),
        ("Roe Ann_1234567_assignsubmission_file", "Roe Ann", "1234567"),
        ("Müller Åsa Ç_9_assignsubmission_onlinetext_", "Müller Åsa Ç", "9"),
    ],
)
def test_a_folder_of_moodle_says_name_and_number(folder: str, name: str, number: str) -> None:
    label = the_label(folder, loose=False)
    assert (label.platform, label.names, label.number) == ("Moodle", (name,), number)


def test_a_flat_download_of_moodle_says_the_file_too() -> None:
    label = the_label("Roe Ann_12_assignsubmission_file_my_1_2_work.zip")
    assert (label.platform, label.names, label.file) == ("Moodle", ("Roe Ann",), "my_1_2_work.zip")
    assert the_label("ann_12_assignsubmission_file_my_1_2_work.zip").platform == "Moodle"


def test_a_file_of_canvas_says_name_number_and_order() -> None:
    label = the_label("roeann_123_4567_work.zip")
    assert label == Label("Canvas", ("roeann",), "123", file="work.zip", order=4567)


@pytest.mark.parametrize("mark", ["LATE", "late"])
def test_canvas_says_what_is_late(mark: str) -> None:
    label = the_label(f"roeann_{mark}_123_4567_work.zip")
    assert (label.names, label.late, label.number) == (("roeann",), True, "123")


def test_the_mark_of_a_resubmission_to_canvas_is_no_part_of_the_files_name() -> None:
    names = ["work.zip", "work-1.zip", "work-12.zip"]
    first = {the_label(f"roeann_123_{order}_{name}").first_file for order, name in enumerate(names)}
    assert first == {"work.zip"}


def test_a_number_without_end_is_not_canvas() -> None:
    assert the_label(f"roeann_1_{'9' * 5000}_work.zip").platform == ""


def test_a_text_typed_into_canvas_belongs_to_its_student() -> None:
    assert the_label("roeann_LATE_123_text.html").names == ("roeann",)


def test_an_anonymous_download_of_canvas_names_nobody() -> None:
    assert the_label("anon_a1B2c_4567_work.zip").names == ()
    assert the_label("LATE_anon_a1B2c_4567_work.zip").names == ()


def test_a_file_of_blackboard_says_user_and_time() -> None:
    label = the_label("Part 2_aroe_attempt_2026-11-20-10-10-00_work.zip")
    assert label == Label("Blackboard", ("aroe",), submitted=TEN_PAST_TEN, file="work.zip")


def test_the_receipt_of_blackboard_is_no_file_of_the_student() -> None:
    label = the_label("Part 2_aroe_attempt_2026-11-20-10-10-00.txt")
    assert (label.names, label.file) == (("aroe",), "")


def test_underscores_leave_open_where_the_user_of_blackboard_begins() -> None:
    label = the_label("Part_2_a_roe_attempt_2026-11-20-10-10-00_work.zip")
    assert label.names == ("2_a_roe", "a_roe", "roe")


def test_an_assignments_name_with_numbers_in_it_is_not_canvas() -> None:
    label = the_label("HW_1_2_aroe_attempt_2026-11-20-10-10-00_work.zip")
    assert (label.platform, label.names[-1]) == ("Blackboard", "aroe")


def test_a_time_that_is_none_is_not_blackboards() -> None:
    assert the_label("Part 2_aroe_attempt_2026-13-40-99-10-00_work.zip").platform == ""


def test_a_folder_or_zip_can_be_named_by_the_id_alone() -> None:
    assert the_label("aroe", loose=False).names == ("aroe",)
    assert the_label("a.roe", loose=False).names == ("a.roe",)
    assert the_label("a.roe.ZIP").names == ("a.roe",)


def test_a_loose_file_that_names_no_student_has_no_label() -> None:
    assert labels("llm.py", loose=True) == []


@pytest.mark.parametrize(
    "name",
    [
        "mallory_1_2_x_alice_attempt_2026-11-20-10-10-00_work.zip",
        "Mallory M_7_assignsubmission_file_x_alice_attempt_2026-11-20-10-10-00_work.zip",
    ],
)
def test_a_student_who_chooses_a_name_of_another_platform_makes_the_name_unclear(name: str) -> None:
    assert len(labels(name, loose=True)) == 2


@pytest.mark.parametrize(
    "name",
    [
        "Mallory M_7_assignsubmission_file_alice_7_assignsubmission_file_work.zip",
        "Mallory M_7_assignsubmission_file_alice_1_2_work.zip",
    ],
)
def test_what_the_student_chose_does_not_change_whose_it_is_on_moodle(name: str) -> None:
    assert the_label(name).names == ("Mallory M",)


def test_what_the_student_chose_does_not_change_whose_it_is_on_canvas() -> None:
    assert the_label("mallory_1_2_alice_3_4_work.zip").names == ("mallory",)
    assert the_label("mallory_1_2_Alice_3_assignsubmission_file_x.zip").names == ("mallory",)
