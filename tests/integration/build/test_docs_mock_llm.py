"""The pages about mock_llm: what they show runs, and what they say about the code is so."""

import json
import os
import re
import runpy
import shutil
import subprocess
import sys
from importlib.metadata import version
from inspect import signature
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import yaml
from openai import OpenAI
from toy_course import REPOSITORY

from mock_llm import Lab, MockLLM
from mock_llm.cli.serve import DEFAULT_PORT
from mock_llm.injected.overrides import FAULT, LATENCY
from mock_llm.pytest_lab import PytestLab
from mock_llm.scenario import load_scenario

PAGES = REPOSITORY / "docs" / "mock_llm"
EXAMPLES = REPOSITORY / "docs" / "examples" / "mock_llm"
TABLES = SimpleNamespace(**runpy.run_path(str(EXAMPLES / "tables.py")))
# What each program says somewhere when it does what it shows.
PROGRAMS = {
    "first.py": "refused, try again in",
    "own_models.py": "gpt-4o\nin-house\ngpt-6-luna-2026-09-22\n{'gpt-4o': ",
    "bill.py": "advice   $0.0000",
    "budget.py": "insufficient_quota\n[200, 429, 200]",
    "minute.py": "wait 30.0 s\n[200, 200, 429, 200]",
    "in_process.py": "1 request, no port",
}
SDK_AND_FAULTS = "python docs/examples/sdk_and_faults.py > docs/examples/sdk_and_faults.json"
shell = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl"
)
NODE = shutil.which("node")
node = pytest.mark.skipif(NODE is None, reason="needs node; Debian: apt install nodejs")


def run(mock: MockLLM | SimpleNamespace, *command: str, **more: Any) -> str:
    """What a command says when it is led to a server."""
    environment = {**os.environ, "MOCK_LLM_URL": mock.url, "NO_PROXY": "127.0.0.1"}
    done = subprocess.run(
        command,
        env=environment | more.pop("env", {}),
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
        **more,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.md")), ids=lambda page: page.name)
def test_what_a_page_says_about_the_code_is_what_the_code_says(page: Path):
    text = page.read_text("utf-8")
    assert TABLES.rendered(text) == text, "run: python docs/examples/mock_llm/tables.py"


def test_everything_that_can_be_written_from_the_code_stands_on_some_page():
    pages = "".join(page.read_text("utf-8") for page in PAGES.glob("*.md"))
    assert sorted(re.findall(r"<!-- from the code: ([\w-]+) -->", pages)) == sorted(TABLES.PARTS)


def test_every_example_is_on_a_page_or_writes_them():
    pages = "".join(page.read_text("utf-8") for page in PAGES.glob("*.md"))
    found = [*EXAMPLES.glob("*.*"), *EXAMPLES.glob("in_pytest/*.*")]
    files = {path.relative_to(EXAMPLES).as_posix() for path in found}
    assert {name for name in files if f"docs/examples/mock_llm/{name}" not in pages} == {
        "tables.py",
        "in_pytest/failing.py",  # shown by what it prints
    }


def test_every_trigger_and_scope_of_a_fault_is_on_its_page():
    page = (PAGES / "faults.md").read_text("utf-8")
    named = set(signature(Lab.add_fault).parameters) - {"self", "kind", "settings"}
    assert {name for name in named if f"`{name}`" not in page} == set()


def test_the_headers_on_the_page_are_those_that_are_read():
    page = (PAGES / "reference.md").read_text("utf-8")
    assert f"`{FAULT}: " in page
    assert f"`{LATENCY}: " in page


@pytest.mark.parametrize("program", sorted(PROGRAMS))
def test_a_program_runs(program: str, capsys: pytest.CaptureFixture[str]):
    runpy.run_path(str(EXAMPLES / program), run_name="__main__")
    assert PROGRAMS[program] in capsys.readouterr().out


def test_every_program_on_a_page_is_run_here_or_below():
    here = {path.name for path in EXAMPLES.glob("*.py")}
    assert here == {*PROGRAMS, "tables.py", "room.py"}


@shell
def test_the_five_minute_start_can_be_typed_as_it_stands():
    with MockLLM(scenario="instant") as mock:
        said = run(mock, "bash", str(EXAMPLES / "first.sh"))
        lab = mock.lab("sk-lab-alice")
        assert [entry.status for entry in lab.journal()] == [200, 429]
        assert [fault.kind for fault in lab.faults()] == ["rate_limited"]
        assert "HTTP/1.1 429" in said
        assert "retry-after: 1" in said
        assert f'"total_nanodollars":{lab.ledger().total_nanodollars}' in said


@shell
def test_what_curl_can_do_can_be_typed_as_it_stands():
    with MockLLM(scenario="instant") as mock:
        said = run(mock, "bash", str(EXAMPLES / "more.sh"))
        lab = mock.lab("sk-lab-curl")
        assert (lab.journal(), lab.faults(), lab.clock.frozen) == ([], [], False)
    assert '"usage":{"prompt_tokens"' in said
    assert "data: [DONE]" in said
    assert "503 after 0." in said
    assert '"name":"outage"' in said
    assert '"frozen":true' in said
    assert re.search(r'"total_nanodollars":[1-9]', said)
    assert '"reset":true' in said


@shell
def test_only_the_token_sets_a_scenario_in_the_room():
    token = {"MOCK_LLM_ADMIN_TOKEN": "secret"}
    with MockLLM(scenario="instant", admin_token="secret") as mock:  # noqa: S106
        run(mock, "bash", str(EXAMPLES / "room.sh"), env={"MOCK_LLM_ADMIN_TOKEN": "guessed"})
        assert mock.app.labs.all() == []
        said = run(mock, "bash", str(EXAMPLES / "room.sh"), env=token)
        assert mock.lab("sk-lab-ada").scenario().name == "outage"
        assert '"registered":3' in said
        assert mock.lab("sk-lab-mallory") is mock.lab("sk-lab-mallory-laptop")
        program = [sys.executable, str(EXAMPLES / "room.py"), "flaky-json", "ada", "bob"]
        said = run(mock, *program, env=token, input="\n")
        assert mock.lab("sk-lab-bob").scenario().name == "flaky-json"
    assert "ada          0 of 0 requests answered, $0.000000" in said


def test_prometheus_gets_in_with_the_token_as_its_configuration_says():
    (job,) = yaml.safe_load((EXAMPLES / "prometheus.yml").read_text("utf-8"))["scrape_configs"]
    assert job["static_configs"] == [{"targets": [f"127.0.0.1:{DEFAULT_PORT}"]}]
    with MockLLM("instant", admin_token="secret") as mock:  # noqa: S106
        url = f"{mock.url}{job['metrics_path']}"
        scraper = {"Authorization": f"{job['authorization']['type']} secret"}
        assert httpx.get(url, trust_env=False).status_code == 401
        scraped = httpx.get(url, headers=scraper, trust_env=False)
    assert scraped.status_code == 200
    served = set(re.findall(r"^# TYPE (\w+)", scraped.text, re.MULTILINE))
    page = (PAGES / "room.md").read_text("utf-8")
    assert {name for name in served if f"| `{name}` |" not in page} == set()


def test_the_room_says_what_needs_no_token_and_what_does():
    with MockLLM("instant", admin_token="secret") as mock:  # noqa: S106
        headers = {"Authorization": "Bearer sk-lab-ada"}
        with httpx.Client(base_url=mock.url, headers=headers, trust_env=False) as http:
            assert http.get("/_mock/health").status_code == 200
            described = http.get("/_mock/openapi.json").json()["paths"]
            for path in {each for each in described if "/_mock/" in each} - {"/_mock/health"}:
                for method in described[path]:
                    assert http.request(method, path, json={}).status_code in (401, 422), path
            body = {"model": "gpt-4", "messages": [{"role": "user", "content": "hi"}]}
            for name in (FAULT, LATENCY):
                overriding = http.post("/v1/chat/completions", json=body, headers={name: "none"})
                assert overriding.status_code == 403


def test_the_same_again_is_another_answer_unless_the_request_says_otherwise():
    def answers(**more: Any) -> list[str]:
        with MockLLM("instant", 7) as mock:
            client = OpenAI(base_url=mock.base_url, api_key="sk-a", max_retries=0)
            message = {"role": "user", "content": "Which tents have you got?"}
            with client:
                for _ in range(4):
                    client.chat.completions.create(model="gpt-6-luna", messages=[message], **more)
            return [entry.answer for entry in mock.lab("sk-a").journal()]

    drawn = answers()
    assert len(set(drawn)) > 1
    assert answers() == drawn
    for steady in ({"temperature": 0}, {"seed": 3}):
        assert len(set(answers(**steady))) == 1


def test_every_argument_of_the_marker_is_on_its_page():
    page = (PAGES / "pytest.md").read_text("utf-8")
    arguments = set(signature(PytestLab).parameters) - {"server", "test"}
    assert {name for name in arguments if f"`{name}=`" not in page} == set()


@node
def test_node_needs_no_package():
    with MockLLM(scenario="instant") as mock:
        said = run(mock, str(NODE), str(EXAMPLES / "node_fetch.mjs"))
    assert "429 try again in 2 s" in said
    assert "[ 200, 429 ]" in said


@node
def test_the_official_sdk_for_node(tmp_path: Path):
    """`npm install openai` in a folder of your own, and MOCK_LLM_NODE_MODULES says which."""
    modules = Path(os.environ.get("MOCK_LLM_NODE_MODULES", "node_modules")).absolute()
    if not (modules / "openai").is_dir():
        pytest.skip("needs the npm package openai; MOCK_LLM_NODE_MODULES names its node_modules")
    (tmp_path / "node_modules").symlink_to(modules, target_is_directory=True)
    program = shutil.copy(EXAMPLES / "node_sdk.mjs", tmp_path)
    with MockLLM(scenario="instant") as mock:
        said = run(mock, str(NODE), str(program))
        assert [entry.status for entry in mock.lab("sk-lab-node").journal()] == [200, 200, 429]
    assert " characters streamed" in said
    assert "true 429 1" in said


def test_the_scenario_on_the_page_can_be_played():
    scenario = load_scenario(EXAMPLES / "own_scenario.yaml")
    assert len(scenario.faults) == 2
    assert scenario.limits.enforced
    assert scenario.limits.models["gpt-6.1-sol"].enforced


def test_the_scenario_on_the_page_has_answers_of_its_own():
    with MockLLM(EXAMPLES / "own_scenario.yaml") as mock:
        lab = mock.lab("sk-lab-lunch")
        for question in ("When do you open?", "Which tent is light?"):
            body = {"model": "gpt-6-luna", "messages": [{"role": "user", "content": question}]}
            headers = {"Authorization": f"Bearer {lab.api_key}"}
            with httpx.Client(headers=headers, trust_env=False) as http:
                assert http.post(f"{mock.base_url}/chat/completions", json=body).status_code == 200
        by_rule, by_knowledge = lab.journal()
    assert (by_rule.item, by_rule.answer) == ("rule:hours", "We open at 9.")
    assert by_knowledge.item is not None
    assert not by_knowledge.item.startswith("rule:")


def test_the_page_names_every_section_that_a_scenario_may_have():
    page = (PAGES / "scenarios.md").read_text("utf-8")
    sections = set(load_scenario("instant").to_dict()) - {"name", "description"}
    assert {name for name in sections if f"- `{name}` " not in page} == set()


def mock_llm(*words: str, folder: Path = REPOSITORY) -> str:
    command = [sys.executable, "-m", "mock_llm", *words]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_scenario_on_the_page_is_found_valid():
    page = (PAGES / "scenarios.md").read_text("utf-8")
    validate = "mock-llm validate docs/examples/mock_llm/own_scenario.yaml"
    assert f"{validate}\n" in page
    mock_llm(*validate.split()[1:])
    assert "mock-llm show outage\n" in page
    assert "from_s: 30" in mock_llm("show", "outage")


def test_the_models_on_the_page_can_be_served():
    page = (PAGES / "models.md").read_text("utf-8")
    (command,) = re.findall(r"^mock-llm (serve .+)$", page, re.MULTILINE)
    server = subprocess.Popen(
        [sys.executable, "-m", "mock_llm", *command.split(), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        headers = {"Authorization": "Bearer sk-any"}
        with httpx.Client(headers=headers, trust_env=False) as http:
            ids = [each["id"] for each in http.get(f"{url}/v1/models").json()["data"]]
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert ids[-2:] == ["gpt-4o", "gpt-4o-mini"]


@shell
def test_a_bill_on_disk_is_added_up_as_on_the_page(tmp_path: Path):
    page = (PAGES / "billing.md").read_text("utf-8")
    (serve,) = re.findall(r"^mock-llm (serve --journal .+)$", page, re.MULTILINE)
    (ledger,) = re.findall(r"^mock-llm (ledger .+)$", page, re.MULTILINE)
    command = [sys.executable, "-m", "mock_llm", *serve.split(), "--port", "0"]
    server = subprocess.Popen(
        [*command, "--scenario", "instant"], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        (url,) = re.findall(r"http://127\.0\.0\.1:\d+", server.stdout.readline())
        run(SimpleNamespace(url=url), "bash", str(EXAMPLES / "first.sh"))
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert re.search(r"^feature,user,", mock_llm(*ledger.split(), folder=tmp_path))


@pytest.fixture(scope="module")
def in_pytest(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The outcome of each test in the examples for pytest, run as their readers run them."""
    folder = tmp_path_factory.mktemp("examples")
    shutil.copytree(EXAMPLES / "in_pytest", folder, dirs_exist_ok=True)
    command = [sys.executable, "-m", "pytest", "-v", "-W", "error", "--strict-markers", "-rA"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider", str(folder)],
        cwd=folder,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return dict(re.findall(r"^(\w+\.py)::\S+ (\w+)", done.stdout, re.MULTILINE))


@pytest.mark.parametrize("file", sorted(path.name for path in EXAMPLES.glob("in_pytest/test_*.py")))
def test_the_examples_for_pytest_pass(in_pytest: dict[str, str], file: str):
    assert in_pytest[file] == "PASSED"


def test_the_sdks_table_is_of_the_sdk_that_is_installed():
    seen = json.loads((EXAMPLES.parent / "sdk_and_faults.json").read_text("utf-8"))
    assert seen["openai"] == version("openai"), f"run: {SDK_AND_FAULTS}"
    assert f"As version {seen['openai']} of the Python SDK does it:" in (
        PAGES / "faults.md"
    ).read_text("utf-8")


def test_the_command_that_makes_the_sdks_table_makes_what_stands_in_it():
    written = (EXAMPLES.parent / "sdk_and_faults.json").read_text("utf-8")
    script = EXAMPLES.parent / "sdk_and_faults.py"
    assert f"\n    {SDK_AND_FAULTS}\n" in script.read_text("utf-8")
    kinds = ["rate_limited", "stream_cut", "wrong_value"]
    done = subprocess.run(
        [sys.executable, str(script), *kinds], capture_output=True, text=True, check=True
    )
    made, seen = json.loads(done.stdout), json.loads(written)
    assert made["openai"] == seen["openai"]
    assert made["faults"] == [each for each in seen["faults"] if each["kind"] in kinds]
    assert written == json.dumps(seen, indent=1) + "\n"
