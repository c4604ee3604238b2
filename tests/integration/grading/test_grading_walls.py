"""What a submission can reach of the machine, by each way that the system offers to close it.

The submissions here try and tell: `total` raises with a list of what it got at, which the engine
quotes as the reason.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from workshop.grading import Engine
from workshop.grading.isolation import NONE, VARIABLE, Walls
from workshop.grading.landlock import landlock_version
from workshop.grading.private_root import what_python_needs

PROJECT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="namespaces are Linux's")

Got = Callable[..., str]


@pytest.fixture(scope="module", params=["namespaces", "landlock"])
def walled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator:
    """An engine with these walls and none better."""
    patch = pytest.MonkeyPatch()
    patch.setenv(VARIABLE, "" if request.param == "namespaces" else request.param)
    with Engine() as engine:
        if engine.walls().files != request.param:
            pytest.skip(f"this system gives no {request.param}: {engine.walls().missing}")
        patch.undo()
        yield engine


@pytest.fixture
def got(walled: Engine, toy, submit) -> Got:
    """`got("code")` runs it inside a submission; `got(…)` says what it put into `found`."""

    def run(code: str) -> str:
        body = textwrap.indent(textwrap.dedent(code), "    ")
        source = (
            "import os, socket, sys, time\nfrom pathlib import Path\n\n\n"
            f"def total(prices):\n    found = []\n{body}\n"
            "    raise RuntimeError(f'got {found}')\n"
        )
        (task,) = walled.grade(toy, submit({"shop/prices.py": source}), tasks=["sums"]).tasks
        assert task.state == "failed", task
        return next(reason for reason in task.reasons if "got [" in reason)

    return run


def only_namespaces(walled: Engine) -> None:
    if walled.walls().files != "namespaces":
        pytest.skip("Landlock closes files only")


TRY = """
for name in {names!r}:
    try:
        with open(name, {mode!r}):
            found.append(name)
    except OSError:
        pass
"""


LEAVES = """
import ctypes, platform
libc = ctypes.CDLL(None)
if libc.shmget(0x6C656674, 4096, 0) >= 0:
    found.append("shared memory")
libc.shmget(0x6C656674, 4096, 0o1666)
add_key, request_key = {"x86_64": (248, 249), "aarch64": (217, 218)}[platform.machine()]
if libc.syscall(request_key, b"user", b"left", None, 0) >= 0:
    found.append("a key")
libc.syscall(add_key, b"user", b"left", b"x", 1, -3)
"""


def test_it_finds_nothing_that_others_left_in_the_kernels_memory(walled: Engine, got: Got) -> None:
    only_namespaces(walled)
    assert all(got(LEAVES).endswith("got []") for _ in range(2))


def test_it_reads_no_solution_no_hidden_test_no_gradebook_and_nobodys_home(got: Got) -> None:
    part = PROJECT / "modules" / "part2_production_service"
    secrets = [
        PROJECT / "solutions" / part.name / "service" / "llm.py",
        part / "hidden_tests" / "test_cache_hidden.py",
        part / "part.toml",
        Path(__file__),
        PROJECT / "pyproject.toml",
    ]
    assert all(path.exists() for path in secrets)
    names = [*map(str, secrets), "/etc/shadow", "/proc/1/environ", "/proc/1/root/etc/shadow"]
    assert "got []" in got(TRY.format(names=names, mode="rb"))


def test_it_cannot_list_the_submissions_of_others(got: Got, tmp_path: Path) -> None:
    (tmp_path / "grading").mkdir()
    assert "got []" in got(
        f"""
        for name in ("/home", "/root", "/tmp", {str(tmp_path)!r}, {str(PROJECT)!r}):
            try:
                names = [n for n in os.listdir(name) if n not in ("mock_llm", "workshop", ".venv")]
            except OSError:
                continue
            mine = Path.cwd().parts
            hidden = {{"modules", "solutions", "grading", "tests", "exercises", "work"}}
            found += [n for n in names if n in hidden and n not in mine]
        """
    )


def test_it_changes_no_package_and_no_file_of_the_system(got: Got) -> None:
    import pydantic

    names = [
        pydantic.__file__,
        str(PROJECT / "mock_llm" / "__init__.py"),
        os.__file__,
        "/usr/note",
        "/etc/note",
        "/note",
    ]
    assert "got []" in got(TRY.format(names=names, mode="a"))


def test_its_own_folder_and_temporary_files_are_there(got: Got) -> None:
    assert "got ['here', 'temporary']" in got(
        """
        import tempfile

        Path("note.txt").write_text("x")
        found.append("here")
        with tempfile.NamedTemporaryFile() as file:
            file.write(b"x")
        found.append("temporary")
        """
    )


def test_one_worker_leaves_no_note_for_the_next(got: Got) -> None:
    # The tests of a task start one worker after the other.
    assert "got []" in got(
        """
        for folder in ("/tmp", "/dev/shm", "/var/tmp", str(Path.home()), "..", "."):
            note = Path(folder) / "note-to-self"
            if note.exists():
                found.append(folder)
            try:
                note.write_text("the first one was here")
            except OSError:
                pass
        """
    )


def test_it_reaches_no_server_of_this_machine_and_none_outside(walled: Engine, got: Got) -> None:
    only_namespaces(walled)
    with socket.create_server(("127.0.0.1", 0)) as outside:
        port = outside.getsockname()[1]
        assert "got []" in got(
            f"""
            for address in (("127.0.0.1", {port}), ("192.0.2.1", 80)):
                try:
                    socket.create_connection(address, timeout=1).close()
                    found.append(address)
                except OSError:
                    pass
            """
        )


def test_it_sees_and_signals_no_other_process(walled: Engine, got: Got) -> None:
    only_namespaces(walled)
    answer = got(
        f"""
        found += sorted(int(name) for name in os.listdir("/proc") if name.isdigit())
        try:
            os.kill({os.getpid()}, 0)
            found.append("signalled")
        except OSError:
            pass
        """
    )
    assert "got [1, 2]" in answer  # its guardian and itself


def test_it_is_nobody_and_has_no_right(walled: Engine, got: Got) -> None:
    only_namespaces(walled)
    user = "0" if not walled.walls().user else "other"
    assert f"got ['{user}']" in got(
        """
        import ctypes

        found.append("0" if os.getuid() == 0 else "other")
        libc = ctypes.CDLL(None)
        if libc.mount(b"none", b"/tmp", b"tmpfs", 0, b"") == 0:
            found.append("mount")
        if libc.umount2(b"/tmp", 2) == 0:
            found.append("umount")
        for name in ("/", "/usr"):
            try:
                os.chroot(name)
                found.append("chroot")
            except OSError:
                pass
        try:
            os.setuid(0 if os.getuid() else 1)
            found.append("setuid")
        except OSError:
            pass
        """
    )


def test_it_cannot_fill_the_disk(walled: Engine, got: Got) -> None:
    only_namespaces(walled)
    assert "got ['stopped']" in got(
        """
        try:
            for number in range(40):
                with open(f"big-{number}", "wb") as file:
                    file.write(bytes(8 << 20))
            found.append("320 MB")
        except OSError:
            found.append("stopped")
        """
    )


AS_ANOTHER_USER = """
import os
import sys
from pathlib import Path

from workshop.grading import Engine, namespaces
from workshop.parts import load_part

user, group = os.getuid(), os.getgid()
namespaces.unshare(namespaces.CLONE_NEWUSER)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"1000 {user} 1")
Path("/proc/self/gid_map").write_text(f"1000 {group} 1")
assert os.getuid() == 1000
with Engine() as engine:
    result = engine.grade(load_part(Path(sys.argv[1])), Path(sys.argv[2]), tasks=["sums"])
    print(engine.walls().files, engine.walls().network, engine.walls().user, result.points)
"""


def test_who_is_not_root_gets_the_walls_too_but_no_other_user(toy, submit) -> None:
    command = [sys.executable, "-c", AS_ANOTHER_USER, str(toy.folder), str(submit())]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    if "unshare" in done.stderr or "Permission" in done.stderr:
        pytest.skip(f"this system gives users no namespaces: {done.stderr.splitlines()[-1]}")
    assert done.stdout.split() == ["namespaces", "True", "False", "10"], done.stderr


def test_the_walls_are_told_with_the_reason_for_what_is_missing(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "none")
    with Engine() as engine:
        assert engine.walls() == NONE
    assert "could read this user's files" in NONE.missing[0]
    assert Walls.from_json(NONE.to_json()) == NONE


@pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")
def test_without_namespaces_the_network_is_said_to_be_open(monkeypatch) -> None:
    monkeypatch.setenv(VARIABLE, "landlock")
    with Engine() as engine:
        walls = engine.walls()
    assert (walls.files, walls.network, len(walls.missing)) == ("landlock", False, 2)
    assert "could use the network" in walls.missing[0]
    assert "could see what else this user runs" in walls.missing[1]


def checkout_in(folder: Path) -> Path:
    """Another checkout of this project, as small as can be: what of it may be seen, and may not."""
    for package in ("mock_llm", "workshop", "solutions", "tests"):
        (folder / package).mkdir(parents=True)
        (folder / package / "__init__.py").touch()
    (folder / "solutions" / "answer.py").touch()
    (folder / "part.toml").touch()
    return folder


def test_of_another_checkout_on_the_path_nothing_is_needed_but_its_commands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = checkout_in(tmp_path / "other")
    monkeypatch.syspath_prepend(other)
    inside = {path for path in what_python_needs() if path.is_relative_to(tmp_path)}
    assert inside == {other / "mock_llm", other / "workshop"}
    assert not any(tmp_path.is_relative_to(path) for path in what_python_needs())


WITH_ANOTHER_ENVIRONMENT = """
import sys
from pathlib import Path

from workshop.grading import Engine
from workshop.parts import load_part

with Engine() as engine:
    (task,) = engine.grade(load_part(Path(sys.argv[1])), Path(sys.argv[2]), tasks=["sums"]).tasks
    print(engine.walls().files, *task.reasons)
"""


def test_a_clone_graded_with_another_checkouts_environment_shows_neither(
    toy, submit, tmp_path: Path
) -> None:
    other = checkout_in(tmp_path / "other")
    environment = other / ".venv"
    make = [sys.executable, "-m", "venv", "--without-pip", str(environment)]
    subprocess.run(make, check=True, timeout=60)
    (packages,) = environment.glob("lib/python3*/site-packages")
    led_to = [entry for entry in sys.path if Path(entry).name == "site-packages"]
    (packages / "editable.pth").write_text("\n".join([str(other), *led_to]), encoding="utf-8")
    source = (
        "from pathlib import Path\n\n\ndef total(prices):\n"
        f"    raise RuntimeError(sorted(p.name for p in Path({str(other)!r}).glob('*')))\n"
    )
    folder = submit({"shop/prices.py": source})
    python = str(environment / "bin" / "python")
    command = [python, "-c", WITH_ANOTHER_ENVIRONMENT, str(toy.folder), str(folder)]
    done = subprocess.run(
        command, cwd=PROJECT, capture_output=True, text=True, timeout=60, check=False
    )
    if not done.stdout.startswith("namespaces"):
        pytest.skip(f"this system gives no namespaces: {done.stdout} {done.stderr}")
    assert "RuntimeError: ['.venv', 'mock_llm', 'workshop']" in done.stdout


def test_what_python_needs_names_nothing_of_the_course_but_its_commands() -> None:
    inside = [path for path in what_python_needs() if path.is_relative_to(PROJECT)]
    allowed = {PROJECT / "mock_llm", PROJECT / "workshop", Path(sys.prefix)}
    assert {path.resolve() for path in inside} <= {path.resolve() for path in allowed}
    assert not any(PROJECT.is_relative_to(path) for path in what_python_needs())
