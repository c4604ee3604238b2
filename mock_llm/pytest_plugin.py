"""The pytest plugin: a lab of its own for every test that asks for the fixture `mock_llm`.

pytest imports this module wherever the package is installed, so it needs nothing but pytest until a
test uses a fixture. `pytest -p no:mock_llm` switches it off.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from mock_llm.pytest_lab import PytestLab
    from mock_llm.server import MockLLM

_LAB = pytest.StashKey["PytestLab"]()
_MARKER = (
    "mock_llm(scenario=..., seed=..., faults=[...]): how the mock LLM behaves in this test; a "
    "fault is a kind's name or a dict such as {'kind': 'rate_limited', 'first': 2}"
)
_ARGUMENTS = ("scenario", "seed", "faults")


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("mock_llm", "mock LLM server")
    group.addoption(
        "--mock-llm-scenario",
        metavar="SCENARIO",
        help="what every test's lab starts with: a shipped name or a YAML file (instant)",
    )
    group.addoption(
        "--mock-llm-seed", metavar="SEED", type=int, help="what every lab draws from (0)"
    )
    parser.addini("mock_llm_scenario", "what --mock-llm-scenario is by default", default="instant")
    parser.addini("mock_llm_seed", "what --mock-llm-seed is by default", default="0")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def mock_llm_server(pytestconfig: pytest.Config) -> Iterator[MockLLM]:
    """The running server of this session, a `mock_llm.MockLLM`; under xdist one for each worker."""
    from mock_llm.server import MockLLM
    from mock_llm.yamlfile import SettingError

    try:
        server = MockLLM(_scenario(pytestconfig), _seed(pytestconfig))
    except SettingError as error:
        pytest.fail(f"mock_llm cannot start: {error}", pytrace=False)
    with server:
        yield server


@pytest.fixture
def mock_llm(request: pytest.FixtureRequest, mock_llm_server: MockLLM) -> Iterator[PytestLab]:
    """A lab of this test's own: `base_url`, `api_key`, `client()`, `add_fault()`, `journal()`, …

    It is empty when the test begins, and does what the marker `mock_llm` asks for. If the test
    fails, the requests that reached it stand in the report.
    """
    from mock_llm.pytest_lab import PytestLab
    from mock_llm.yamlfile import SettingError

    item: pytest.Item = request.node
    try:
        lab = PytestLab(mock_llm_server, item.nodeid, **_asked(item))
    except (SettingError, TypeError) as error:
        pytest.fail(f"the marker mock_llm of {item.name}: {error}", pytrace=False)
    item.stash[_LAB] = lab
    yield lab
    lab.close_clients()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add what reached the lab to the report of a failure; let go of the lab with the last one."""
    report = yield
    lab = item.stash.get(_LAB, None)
    if lab is None:
        return report
    if report.failed:
        from mock_llm.pytest_report import describe

        report.sections.append(("mock_llm journal", describe(lab)))
    if report.when == "teardown":
        # Not in the fixture: what the other fixtures' ends do and say belongs to the test, too.
        lab.end()
        del item.stash[_LAB]
    return report


def _scenario(config: pytest.Config) -> str | Path:
    given = config.getoption("--mock-llm-scenario")
    if given is not None:
        return _file_or_name(str(given), config.invocation_params.dir)
    return _file_or_name(str(config.getini("mock_llm_scenario")), config.rootpath)


def _file_or_name(scenario: str, folder: Path) -> str | Path:
    """The path of a YAML file, which is looked for in a folder; else a shipped scenario's name."""
    return folder / scenario if scenario.endswith((".yaml", ".yml")) else scenario


def _seed(config: pytest.Config) -> int:
    given = config.getoption("--mock-llm-seed")
    if given is not None:
        return int(given)
    text = str(config.getini("mock_llm_seed"))
    try:
        return int(text)
    except ValueError:
        pytest.fail(f"mock_llm_seed: {text!r} is no whole number", pytrace=False)


def _asked(item: pytest.Item) -> dict[str, Any]:
    """What the markers on a test, its class and its module ask for; the nearest one wins."""
    asked: dict[str, Any] = {}
    for marker in item.iter_markers("mock_llm"):
        if marker.args:
            raise TypeError(f"takes {', '.join(_ARGUMENTS)} by name, got {marker.args[0]!r}")
        for name in marker.kwargs:
            if name not in _ARGUMENTS:
                raise TypeError(f"{name!r} is none of {', '.join(_ARGUMENTS)}")
        asked = {**marker.kwargs, **asked}
    scenario = asked.get("scenario")
    if isinstance(scenario, str):
        asked["scenario"] = _file_or_name(scenario, item.config.rootpath)
    return asked
