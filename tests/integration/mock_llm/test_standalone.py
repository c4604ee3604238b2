"""mock_llm for people who never take the course: version, packages, container."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import time
import tomllib
from contextlib import contextmanager
from fnmatch import fnmatch
from pathlib import Path

import httpx2
import pytest

import mock_llm
from mock_llm import connect

ROOT = Path(__file__).parents[3]
HOME = ROOT / "mock_llm"
DOCKERFILE = (HOME / "Dockerfile").read_text("utf-8")
# What the repository brings without extras. A package more is a decision: write it down here.
PACKAGES = {
    "annotated-doc",
    "annotated-types",
    "anyio",
    "certifi",
    "click",
    "fastapi",
    "h11",
    "httpcore",
    "httptools",
    "httpx",
    "idna",
    "opentelemetry-api",
    "orjson",
    "prometheus-client",
    "pydantic",
    "pydantic-core",
    "pyyaml",
    "regex",
    "rs-bpe",
    "starlette",
    "typing-extensions",
    "typing-inspection",
    "uvicorn",
    "uvloop",
}
ELSEWHERE = {"win32": (PACKAGES - {"uvloop"}) | {"colorama"}}
TOOLS = {"pip", "setuptools", "pkg_resources", "production-ml-workshop"}
MOST_MEGABYTES = 100
posix = pytest.mark.skipif(os.name == "nt", reason="runs the container's commands by sh")


def blocks(page: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text("utf-8"), re.M | re.S)


@contextmanager
def serving(command, **environment):
    """What a command serves, by its URL, until the block ends."""
    process = subprocess.Popen(
        command,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, process.stderr.read()
        yield found.group()
    finally:
        process.kill()
        process.communicate(timeout=20)


def test_it_has_a_version_of_its_own_which_the_changelog_begins_with():
    done = subprocess.run(
        [sys.executable, "-m", "mock_llm", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout == f"mock-llm {mock_llm.__version__}\n"
    changelog = (HOME / "CHANGELOG.md").read_text("utf-8")
    versions = re.findall(r"^## \[(.+)\] - (unreleased|\d{4}-\d\d-\d\d)$", changelog, re.M)
    assert versions[0][0] == mock_llm.__version__


def test_importing_it_loads_nothing_until_a_name_is_used():
    program = """
import sys, mock_llm
assert [name for name in sys.modules if name.startswith("mock_llm.")] == []
assert set(mock_llm.__all__) <= set(dir(mock_llm))
for name in mock_llm.__all__:
    getattr(mock_llm, name)
assert not hasattr(mock_llm, "Mock")
from mock_llm import *
MockLLM, connect
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_path_of_its_readme_is_there():
    linked = re.findall(r"\]\(([^)#:]+)\)", (HOME / "README.md").read_text("utf-8"))
    assert len(linked) > 5
    assert [path for path in linked if not (HOME / path).exists()] == []


def test_the_programs_of_its_readme_run(tmp_path):
    program, test = blocks(HOME / "README.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("[429, 200]\n")
    (tmp_path / "test_readme.py").write_text(test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)


def test_the_commands_of_its_readme_are_those_of_the_first_page():
    commands = "".join(blocks(HOME / "README.md", "sh")).splitlines()
    page = (ROOT / "docs" / "mock_llm" / "index.md").read_text("utf-8")
    assert [command for command in commands if f"```bash\n{command}\n```" not in page] == []


def test_the_page_counts_the_packages():
    assert f"{len(PACKAGES)} small packages" in (ROOT / "docs/mock_llm/index.md").read_text("utf-8")


# The container. Where there is no docker, what it does is done here, step by step.


def instructions():
    """The Dockerfile's instructions in order: what and with which words."""
    joined = DOCKERFILE.replace("\\\n", " ")
    lines = [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]
    return [tuple(line.split(maxsplit=1)) for line in lines]


def given(name):
    return [words for instruction, words in instructions() if instruction == name]


def copied():
    """What is copied into the image, and where to."""
    for words in given("COPY"):
        *sources, target = words.split()
        for source in sources:
            yield source, target


def entrypoint(*options):
    (words,) = given("ENTRYPOINT")
    return [*json.loads(words), *options]


def in_the_container():
    """The variables under which `mock-llm` and `python` are found, as in the image."""
    return {"PATH": f"{sysconfig.get_path('scripts')}{os.pathsep}{os.environ['PATH']}"}


def test_the_dockerfile_has_what_it_copies_and_nothing_that_docker_does_not_know():
    known = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "EXPOSE", "HEALTHCHECK", "ENTRYPOINT"}
    assert {instruction for instruction, _ in instructions()} == known
    assert [source for source, _ in copied() if not (ROOT / source).exists()] == []
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    (python,) = re.findall(r"^python:3\.(\d+)-slim$", given("FROM")[0])
    assert project["requires-python"] == ">=3.11,<3.14"
    assert 11 <= int(python) < 14


def test_the_dockerfile_ends_as_an_ordinary_user():
    order = [instruction for instruction, _ in instructions()]
    (user,) = given("USER")
    assert user != "root"
    assert f"useradd --create-home {user}" in given("RUN")[0]
    assert order.index("RUN") < order.index("USER") < order.index("ENTRYPOINT")


def test_the_image_has_the_charts_by_the_words_that_the_dashboard_and_the_docs_say():
    words = "pip install '.[dashboard]'"
    assert words.removeprefix("pip install ") in given("RUN")[0]
    assert words in (HOME / "dashboard" / "static" / "main.js").read_text("utf-8")
    assert words in (ROOT / "docs" / "mock_llm" / "room.md").read_text("utf-8")


def test_docker_is_given_what_the_dockerfile_copies_and_no_more():
    lines = (HOME / "Dockerfile.dockerignore").read_text("utf-8").splitlines()
    ignored, *rules = [line for line in lines if not line.startswith("#")]
    assert ignored == "*"
    kept = {rule[1:] for rule in rules if rule.startswith("!")}
    assert kept == {source for source, _ in copied()}
    left_out = [rule for rule in rules if not rule.startswith("!")]
    assert not any(fnmatch(source, rule) for source, _ in copied() for rule in left_out)


@posix
def test_what_the_container_runs_serves_and_is_found_healthy():
    options = ("--host", "127.0.0.1", "--port", "0", "--scenario", "instant")
    (health,) = re.findall(r"CMD (\[.*\])", given("HEALTHCHECK")[0])
    environment = in_the_container() | {"MOCK_LLM_ADMIN_TOKEN": "secret $HOME"}
    with serving(entrypoint(*options), **environment) as url:
        check = [word.replace("http://127.0.0.1:8100", url) for word in json.loads(health)]
        assert subprocess.run(check, env=os.environ | environment, check=False).returncode == 0
        with pytest.raises(mock_llm.ServerProblem, match="admin token"):
            connect(url, "sk-a")
        assert connect(url, "sk-a", admin_token="secret $HOME").scenario().name == "instant"  # noqa: S106
    assert subprocess.run(check, env=os.environ | environment, stderr=-3, check=False).returncode
    assert given("EXPOSE") == ["8100"]
    command = ["mock-llm", "serve", "--host", "0.0.0.0", "--port", "8100", "--allow-remote"]  # noqa: S104
    assert entrypoint() == command


@posix
def test_the_container_does_not_start_without_a_token():
    environment = {k: v for k, v in os.environ.items() if k != "MOCK_LLM_ADMIN_TOKEN"}
    done = subprocess.run(
        entrypoint("--port", "0"),
        env=environment | in_the_container(),
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode != 0
    assert "MOCK_LLM_ADMIN_TOKEN is not set" in done.stderr


# The installation.


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder with what the Dockerfile copies."""
    folder = tmp_path_factory.mktemp("src")
    for source, target in copied():
        here = folder / target
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, here, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            here = here / source if target == "./" else here
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, here)
    return folder


def programs_with(folder, *packages):
    """The folder of a new environment's programs, with these packages in it."""
    venv = folder / "venv"
    programs = venv / ("Scripts" if os.name == "nt" else "bin")
    # pip, since it finds the registry and its certificates wherever the course itself installs.
    subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    install = [programs / "python", "-m", "pip", "install", "-q", "--no-compile", *packages]
    subprocess.run(install, check=True)
    return programs


@pytest.fixture(scope="module")
def alone(tmp_path_factory, source):
    """The folder of an environment's programs, with what is installed without extras."""
    return programs_with(tmp_path_factory.mktemp("alone"), source)


@pytest.mark.installs
def test_without_extras_come_the_server_and_the_packages_that_it_needs(alone):
    command = [alone / "python", "-m", "pip", "list", "--format=json"]
    listed = subprocess.run(command, capture_output=True, text=True, check=True)
    names = {re.sub("[-_.]+", "-", each["name"]).lower() for each in json.loads(listed.stdout)}
    assert names - TOOLS == ELSEWHERE.get(sys.platform, PACKAGES)
    files = [path for path in alone.parent.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files if not TOOLS & set(path.parts))
    assert size < MOST_MEGABYTES * 1_000_000


@pytest.mark.installs
def test_the_server_runs_with_these_packages_alone(alone):
    began = time.monotonic()
    with serving([alone / "mock-llm", "serve", "--port", "0", "--scenario", "instant"]) as url:
        assert time.monotonic() - began < 20
        lab = connect(url, "sk-a")
        headers = {"Authorization": "Bearer sk-a"}
        with httpx2.Client(base_url=url, headers=headers, trust_env=False, timeout=20) as http:
            body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": "hi"}]}
            assert http.post("/v1/chat/completions", json=body).status_code == 200
            body = {"model": "text-embedding-3-small", "input": "hi"}
            lacking = http.post("/v1/embeddings", json=body)
            assert lacking.status_code == 503
            assert "wordllama" in lacking.json()["error"]["message"]
            assert http.get("/_mock/openapi.json").status_code == 200
        assert [entry.status for entry in lab.journal()] == [200, 503]
        assert lab.ledger().total_nanodollars > 0


@pytest.mark.installs
def test_pytest_finds_the_plugin_even_in_a_program_that_uses_the_mock_already(tmp_path, source):
    programs = programs_with(tmp_path, source, "pytest")
    (tmp_path / "test_it.py").write_text("def test_it(mock_llm): assert mock_llm.base_url\n")
    program = "import mock_llm.server, pytest; raise SystemExit(pytest.main(['-W', 'error']))"
    done = subprocess.run(
        [programs / "python", "-c", program],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
