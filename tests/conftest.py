"""What holds for all tests of the project."""

import os

from hypothesis import HealthCheck, settings

# How slow a machine is says nothing about the code. In CI the examples are the same every time.
settings.register_profile(
    "project",
    deadline=None,
    derandomize=bool(os.environ.get("CI")),
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("project")
