"""Which ids can be folders."""

from __future__ import annotations

import pytest

from workshop.collect.safe_names import same_on_some_disks, shown, why_unsafe


@pytest.mark.parametrize(
    "name",
    ["jdoe", "j+doe", "j.doe@uni.example", "Ann Roe", "Åsa", "नीता", "x" * 200, "a'b", "123"],
)
def test_an_id_may_hold_spaces_unicode_and_signs(name: str) -> None:
    assert why_unsafe(name) == ""


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (".", "dot"),
        ("..", "dot"),
        (".hidden", "dot"),
        ("a/b", "slash"),
        ("a\\b", "slash"),
        ("a\0b", "control"),
        ("a\nb", "control"),
        ("a\u202eb", "control"),
        ("a\udcffb", "control"),
        (" a", "space"),
        ("a ", "space"),
        ("a.", "dot"),
        ("a:b", "Windows"),
        ("a*", "Windows"),
        ("con", "device"),
        ("LPT1.zip", "device"),
        ("x" * 201, "200 characters"),
        ("å" * 128, "255 bytes"),
    ],
)
def test_an_id_that_is_no_safe_folder_name_is_refused_with_the_reason(name: str, why: str) -> None:
    assert why in why_unsafe(name)


def test_case_and_the_spelling_of_accents_do_not_tell_folders_apart() -> None:
    assert same_on_some_disks("JDoe") == same_on_some_disks("jdoe")
    assert same_on_some_disks("A\u030asa") == same_on_some_disks("Åsa")
    assert same_on_some_disks("Asa") != same_on_some_disks("Åsa")


def test_what_a_terminal_would_obey_is_shown_as_its_code() -> None:
    assert shown("a\x1b[2Jb\udcff é") == "a\\u001b[2Jb\\udcff é"
