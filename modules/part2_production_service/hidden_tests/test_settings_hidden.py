"""More evidence for task `settings`: other values, other ways to give them."""

import pytest

from workshop.grading import checks


@checks("settings.secret")
def test_a_key_from_the_env_file_is_as_secret(worker, seed):
    key = f"sk-live-{seed}-from-a-file"
    with worker.start(files={".env": f"OPENAI_API_KEY={key}\n"}) as w:
        found, printed = w.call("stage.settings:read"), w.output
    assert found["values"]["openai_api_key"] == key, "the key in .env was not read"
    assert key not in printed, "printing your Settings shows the API key that .env gave"


@checks("settings.bounds")
@pytest.mark.parametrize(
    ("name", "value"), [("CACHE_TTL", "-5"), ("TIMEOUT_SECONDS", "60.5"), ("DAILY_BUDGET", "-1")]
)
def test_more_that_cannot_be_meant_is_refused(worker, name, value):
    said = worker.call("stage.settings:refusal", env={"OPENAI_API_KEY": "sk-x", name: value})
    assert said is not None, f"Settings() started with {name}={value}"


@checks("settings.bounds")
@pytest.mark.parametrize(
    ("name", "value"), [("MAX_TOKENS", "1"), ("MAX_TOKENS", "4096"), ("TIMEOUT_SECONDS", "60")]
)
def test_what_lies_on_the_bound_is_allowed(worker, name, value):
    said = worker.call("stage.settings:refusal", env={"OPENAI_API_KEY": "sk-x", name: value})
    assert said is None, f"Settings() refused {name}={value}, which is allowed"


@checks("settings.bounds")
def test_what_lies_within_the_bounds_is_taken(worker, seed):
    env = {
        "OPENAI_API_KEY": "sk-x",
        "MAX_TOKENS": str(2 + seed % 4000),
        "TIMEOUT_SECONDS": str(1.5 + seed % 50),
        "CACHE_TTL": str(7 + seed % 9000),
    }
    with worker.start(env=env) as w:
        said = w.call("stage.settings:refusal")
        assert said is None, f"these are allowed, and Settings() refused them: {said}"
        values = w.call("stage.settings:read")["values"]
    for name, value in env.items():
        found = values[name.lower()]
        assert found == value, f"{name}={value} is allowed, your Settings say {found}"


@checks("settings.readable")
def test_a_missing_key_and_a_wrong_budget_are_two_lines(worker, seed):
    said = worker.call("stage.settings:complaint", env={"DAILY_BUDGET": f"-{seed}.5"})
    assert said["type"] == "ConfigError", "load_settings() should raise ConfigError"
    names = sorted(line.partition(":")[0] for line in said["text"].splitlines())
    assert names == ["DAILY_BUDGET", "OPENAI_API_KEY"], (
        f"OPENAI_API_KEY is missing and DAILY_BUDGET is wrong; the ConfigError names {names}"
    )
