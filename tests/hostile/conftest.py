import pytest
from hostile_requests import Client

from mock_llm import MockLLM


@pytest.fixture(scope="module")
def mock(tmp_path_factory):
    """A server with a journal on disk, so that everything that was sent is written there too."""
    journal = tmp_path_factory.mktemp("journal") / "journal.sqlite"
    with MockLLM(scenario="instant", seed=7, journal=journal) as running:
        yield running


@pytest.fixture
def client(mock):
    own = Client(mock.url)
    yield own
    own.close()
