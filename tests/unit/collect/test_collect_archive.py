"""Zips that a stranger made: what is wrong is said, and nothing else is raised."""

from __future__ import annotations

import contextlib
import struct
import zipfile
import zlib

import pytest
from collect_doubles import zip_of, zip_with_link
from hypothesis import given
from hypothesis import strategies as st

from workshop.collect.archive import members_of_zip, open_zip
from workshop.collect.members import Member, Refused


def members_in(content: bytes) -> list[Member]:
    return members_of_zip(open_zip("work.zip", content))


def the_member(content: bytes) -> Member:
    (found,) = members_in(content)
    return found


def test_a_file_is_read_with_its_path_and_size() -> None:
    found = the_member(zip_of({"service/llm.py": b"x = 1\n"}))
    assert (found.path, found.size, found.read()) == ("service/llm.py", 6, b"x = 1\n")


def test_backslashes_of_old_windows_tools_are_slashes() -> None:
    assert the_member(zip_of({"service\\llm.py": b""})).path == "service/llm.py"


@pytest.mark.parametrize(
    "path",
    [
        "../evil.py",
        "service/../../evil.py",
        "/etc/evil.py",
        "C:\\evil.py",
        "c:evil.py",
        "..\\evil.py",
        "\\\\host\\evil.py",
        "service/llm.py\0.txt",
    ],
)
def test_a_path_that_leads_out_is_a_flaw_and_not_read(path: str) -> None:
    found = the_member(zip_of({path: b"x"}))
    assert "leads out of the submission" in found.flaw
    with pytest.raises(Refused):
        found.read()


def test_a_link_is_a_link_and_not_read() -> None:
    found = the_member(zip_with_link("service", "/etc"))
    assert found.link
    with pytest.raises(Refused):
        found.read()


def test_an_encrypted_file_is_a_flaw() -> None:
    content = bytearray(zip_of({"llm.py": b"x"}))
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    assert the_member(bytes(content)).flaw == "llm.py is encrypted"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_packing_that_can_blow_up_is_not_opened(method: int) -> None:
    found = the_member(zip_of({"llm.py": b"x"}, method=method))
    with pytest.raises(Refused, match="only deflate is"):
        found.read()


@pytest.mark.parametrize("content", [b"", b"no zip", zip_of({"a": b"b"})[:-30]])
def test_what_is_no_zip_is_said_by_its_name(content: bytes) -> None:
    with pytest.raises(Refused, match=r"work\.zip is damaged, or no zip file"):
        open_zip("work.zip", content)


def test_damaged_content_is_said() -> None:
    content = zip_of({"llm.py": b"x" * 50}, method=zipfile.ZIP_STORED).replace(b"x" * 50, b"y" * 50)
    with pytest.raises(Refused, match=r"llm\.py is damaged"):
        the_member(content).read()


def test_a_zip_with_endless_entries_is_refused_before_python_reads_them() -> None:
    with pytest.raises(Refused, match="more than 20000 entries"):
        open_zip("work.zip", b"PK\x01\x02" * 20_001)


def test_names_in_utf_8_that_do_not_say_so_are_understood() -> None:
    content = zip_of({"Asa Roe/x.py": b""}).replace(b"Asa Roe", "Åa Roe".encode())
    assert the_member(content).path == "Åa Roe/x.py"


def test_names_in_code_page_437_are_understood() -> None:
    content = zip_of({"A-sa/x.py": b""}).replace(b"A-sa", "Åésa".encode("cp437"))
    assert the_member(content).path == "Åésa/x.py"


def test_a_date_that_is_none_does_no_harm() -> None:
    content = bytearray(zip_of({"x.py": b""}))
    start = content.index(b"PK\x01\x02") + 14
    content[start : start + 2] = struct.pack("<H", 0)
    assert the_member(bytes(content)).modified.year == 1980


SOUND = zip_of({"service/llm.py": b"x = 1\n" * 20, "lesson.ipynb": b"{}", "service/": b""})


changes = st.dictionaries(
    st.integers(0, len(SOUND) - 1), st.sampled_from([0, 1, 8, 0x7F, 0x80, 0xFF]), max_size=4
)


@given(changes, st.sampled_from([len(SOUND)] * 9 + [len(SOUND) // 2]))
def test_damage_anywhere_is_refused_or_harmless(changed: dict[int, int], length: int) -> None:
    content = bytes(changed.get(place, byte) for place, byte in enumerate(SOUND))[:length]
    try:
        found = members_in(content)
    except Refused:
        return
    for one in found:
        if one.size < 1 << 20:
            with contextlib.suppress(Refused):
                assert isinstance(one.read(), bytes)


def test_the_sound_zip_of_these_tests_is_sound() -> None:
    assert [zlib.crc32(member.read()) for member in members_in(SOUND)[:2]]
