"""What holds for all tests of the project."""

import os
from collections.abc import Iterator

import postgresql_server
import pytest
from hypothesis import HealthCheck, settings

# How slow a machine is says nothing about the code. In CI the examples are the same every time.
settings.register_profile(
    "project",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")


@pytest.fixture(scope="module")
def postgresql_url() -> Iterator[str]:
    """An empty database on a server of the tests' own."""
    with postgresql_server.server() as url:
        yield url
