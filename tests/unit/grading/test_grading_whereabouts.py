"""Where a worker was, by what its faulthandler printed."""

from __future__ import annotations

import pytest

from workshop.grading.whereabouts import found_in

FOLDER = "/tmp/w1/submission"  # noqa: S108
TWO_THREADS = f"""something printed
Timeout (0:00:04)!
Thread 0x00007f74 (most recent call first):
  File "/usr/lib/python3.11/socket.py", line 12 in recv
  File "{FOLDER}/camp/tent.py", line 41 in pitch
  File "{FOLDER}/stage/tents.py", line 9 in ask

Thread 0x00007f75 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 320 in wait
"""


def test_it_is_the_innermost_call_in_the_submissions_own_files() -> None:
    assert found_in(TWO_THREADS, FOLDER) == "camp/tent.py, line 41"


def test_it_is_where_the_last_told_was() -> None:
    crash = (
        "Fatal Python error: Segmentation fault\n\nCurrent thread 0x1 (most recent call first):\n"
        f'  File "{FOLDER}/camp/fire.py", line 7 in light\n'
    )
    assert found_in(TWO_THREADS + crash, FOLDER) == "camp/fire.py, line 7"


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Timeout (0:00:04)!\n",
        f'  File "{FOLDER}/camp/tent.py", line 41 in pitch\n',
        f'Timeout (0:00:04)!\n  File "{FOLDER}/stage/tents.py", line 9 in ask\n',
        'Timeout (0:00:04)!\n  File "/elsewhere/tent.py", line 9 in ask\n',
        f'Timeout (0:00:04)!\n  File "{FOLDER}/\x1b[2J.py", line 9 in ask\n',
    ],
)
def test_without_a_place_in_the_submission_nothing_is_known(output: str) -> None:
    assert found_in(output, FOLDER) == ""
