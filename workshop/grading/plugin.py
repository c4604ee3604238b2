"""The fixtures that a part's tests see. They run in the tests process; the submission does not."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

from workshop.grading.far_away import FarAway
from workshop.grading.http_client import make_client
from workshop.grading.own_tests import OwnTests
from workshop.grading.redis_server import RedisServer
from workshop.grading.workers import Shared, Workers
from workshop.parts import Task

if TYPE_CHECKING:
    from mock_llm import Lab, MockLLM


@dataclass(frozen=True)
class Run:
    """What one tests process is about: some tasks of one submission."""

    shared: Shared
    tasks: tuple[Task, ...]
    seed: int
    place: int = 0
    """This process's number among those of one check."""
    hidden: bool = False
    """Whether this is for a grade, which others read, and not for the attendee alone."""


RUN = pytest.StashKey[Run]()


@pytest.fixture
def worker(request: pytest.FixtureRequest) -> Iterator[Workers]:
    """Calls into the submission; see `workshop.grading.workers.Workers`."""
    workers = Workers(request.config.stash[RUN].shared)
    yield workers
    workers.end_all()


@pytest.fixture(scope="session")
def seed(request: pytest.FixtureRequest) -> int:
    """Draw the numbers of a test from it: hidden runs have another one than visible runs."""
    return request.config.stash[RUN].seed


@pytest.fixture(scope="session")
def mock(seed: int) -> Iterator[MockLLM]:
    """A running mock without latency or faults, whose admin token no worker knows; a key that no
    test gave away opens no lab, in which nobody would look."""
    from mock_llm import MockLLM

    token = secrets.token_urlsafe(24)
    with MockLLM("instant", seed, token, registered_only=True) as running:
        yield running


@pytest.fixture
def lab(mock: MockLLM) -> Lab:
    """A fresh lab on the mock; its journal is the witness."""
    return mock.lab(f"sk-lab-{secrets.token_hex(8)}")


@pytest.fixture
def strays(mock: MockLLM) -> Callable[[], int]:
    """How many requests of this test came with a key that no test gave away, and were refused."""
    nobodys = mock.app.labs.nobodys
    before = len(nobodys.journal())
    return lambda: len(nobodys.journal()) - before


@pytest.fixture
def model_env(mock: MockLLM, lab: Lab) -> dict[str, str]:
    """Leads the submission to `lab`."""
    return {"OPENAI_API_KEY": lab.api_key, "OPENAI_BASE_URL": mock.base_url}


@pytest.fixture
def far_away(mock: MockLLM) -> Iterator[FarAway]:
    """Another way to the mock, which can be lost."""
    provider = FarAway(mock.url)
    yield provider
    provider.close()


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """An empty Redis of the test's own."""
    server = RedisServer(request.config.stash[RUN].place)
    yield server
    server.close()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """Asks the served app; 10 s and 5 MB at most."""
    with make_client() as client:
        yield client


@pytest.fixture(scope="session")
def own_tests(request: pytest.FixtureRequest) -> Iterator[OwnTests]:
    """The attendee's tests (the one `test_*.py` of the part) on right and wrong services."""
    run = request.config.stash[RUN]
    workers = Workers(run.shared)
    file = next(name for name in run.shared.part.files if name.startswith("test_"))
    wrong = {answer.name for answer in run.shared.part.wrong_answers}
    checks = (check.id for task in run.tasks for check in task.checks)
    expected = (name for name in checks if name in wrong)
    yield OwnTests(workers, file, expected, quotes=not run.hidden)
    workers.end_all()
