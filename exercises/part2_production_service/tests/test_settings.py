"""Task `settings`: what a wrong environment must do, and what a right one must not show."""

from decimal import Decimal

import pytest

from workshop.grading import checks

KEY = "sk-live-7f3a-do-not-show"


def read_and_print(worker, **setting):
    """What the settings are, and how they are printed in four ways."""
    with worker.start(**setting) as w:
        return w.call("stage.settings:read"), w.output


@checks("settings.secret")
def test_no_way_of_printing_the_settings_shows_the_key(worker, seed):
    drawn = {"MAX_TOKENS": str(1000 + seed % 3000), "CACHE_TTL": str(50_000 + seed % 999)}
    found, printed = read_and_print(worker, env={"OPENAI_API_KEY": KEY, **drawn})
    assert found["values"]["openai_api_key"] == KEY, (
        f"with OPENAI_API_KEY={KEY!r} the key in your Settings is "
        f"{found['values']['openai_api_key']!r}"
    )
    assert KEY not in printed, (
        "printing your Settings shows the API key, so one log line gives it away: use SecretStr"
    )
    for name, value in drawn.items():
        shown = [line for line in printed.splitlines() if name.lower() in line and value in line]
        assert len(shown) >= 4, (
            f"{name}={value} is no secret, and printing your Settings does not show it each time"
        )


@checks("settings.secret")
def test_a_refusal_does_not_show_the_key(worker):
    said = worker.call("stage.settings:refusal", env={"OPENAI_API_KEY": KEY, "MAX_TOKENS": "many"})
    assert said is not None, "Settings() started with MAX_TOKENS=many"
    assert KEY not in said, "the error about MAX_TOKENS quotes the API key"


@checks("settings.sources")
def test_without_a_key_the_service_refuses_to_start(worker):
    assert worker.call("stage.settings:refusal", env={}) is not None, (
        "Settings() started without OPENAI_API_KEY; the first customer would find out"
    )
    assert worker.call("stage.settings:refusal", env={"OPENAI_API_KEY": ""}) is not None, (
        "Settings() started with an empty OPENAI_API_KEY"
    )


@checks("settings.sources")
def test_the_environment_wins_over_the_env_file(worker, seed):
    tokens, ttl = 100 + seed % 50, 600 + seed % 100
    files = {".env": f"OPENAI_API_KEY={KEY}\nMAX_TOKENS=7\nCACHE_TTL={ttl}\n"}
    with worker.start(env={"MAX_TOKENS": str(tokens)}, files=files) as w:
        values = w.call("stage.settings:read")["values"]
    assert values["cache_ttl"] == str(ttl), (
        f".env says CACHE_TTL={ttl}, your Settings say {values['cache_ttl']}"
    )
    assert values["max_tokens"] == str(tokens), (
        f"the environment says MAX_TOKENS={tokens} and .env says 7; "
        f"your Settings say {values['max_tokens']}"
    )


@checks("settings.sources")
def test_the_defaults_are_those_of_the_table(worker):
    values = worker.call("stage.settings:read", env={"OPENAI_API_KEY": KEY})["values"]
    expected = {"max_tokens": "200", "timeout_seconds": "5.0", "cache_ttl": "3600"}
    for name, value in expected.items():
        assert values[name] == value, f"{name} should be {value} by default, it is {values[name]}"


@checks("settings.bounds")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MAX_TOKENS", "0"),
        ("MAX_TOKENS", "4097"),
        ("MAX_TOKENS", "many"),
        ("TIMEOUT_SECONDS", "0"),
        ("TIMEOUT_SECONDS", "-1"),
        ("TIMEOUT_SECONDS", "600"),
        ("CACHE_TTL", "0"),
        ("DAILY_BUDGET", "0"),
        ("REQUEST_COST_LIMIT", "-0.01"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused(worker, name, value):
    said = worker.call("stage.settings:refusal", env={"OPENAI_API_KEY": KEY, name: value})
    assert said is not None, f"Settings() started with {name}={value}"
    assert name.lower() in said, f"the error about {name}={value} does not name it: {said[:200]}"


@checks("settings.cost_limits")
def test_money_is_exact(worker, seed):
    budget, limit = f"{12 + seed % 80}.10", f"{1 + seed % 9}.20"
    env = {"OPENAI_API_KEY": KEY, "DAILY_BUDGET": budget, "REQUEST_COST_LIMIT": limit}
    found = worker.call("stage.settings:read", env=env)
    together = str(Decimal(budget) + Decimal(limit))
    assert found["together"] == together, (
        f"DAILY_BUDGET={budget} and REQUEST_COST_LIMIT={limit} are {together} together, with your "
        f"Settings {found['together']}: sums of floats are not what the bill says, use Decimal"
    )


@checks("settings.cost_limits")
def test_one_request_may_not_spend_more_than_a_day(worker, seed):
    day = 2 + seed % 20
    env = {
        "OPENAI_API_KEY": KEY,
        "DAILY_BUDGET": str(day),
        "REQUEST_COST_LIMIT": str(day + 1),
    }
    assert worker.call("stage.settings:refusal", env=env) is not None, (
        f"Settings() started with a limit of ${day + 1} for one request and ${day} for the day"
    )
    equal = env | {"REQUEST_COST_LIMIT": str(day)}
    assert worker.call("stage.settings:refusal", env=equal) is None, (
        "Settings() refused a limit for one request that is equal to the day's budget"
    )


@checks("settings.readable")
def test_every_mistake_is_named_at_once_and_no_value_is_quoted(worker, seed):
    wrong = {"MAX_TOKENS": "1x-marks", "TIMEOUT_SECONDS": "-3.25"}
    env = {"OPENAI_API_KEY": KEY, "CACHE_TTL": str(50 + seed % 900), **wrong}
    said = worker.call("stage.settings:complaint", env=env)
    assert said["type"] == "ConfigError", (
        "with two wrong settings load_settings() should raise ConfigError, "
        f"it raised {said['type']}"
    )
    lines = said["text"].splitlines()
    for name in ("MAX_TOKENS", "TIMEOUT_SECONDS"):
        assert any(line.startswith(name) for line in lines), (
            f"no line of the ConfigError starts with {name}:\n{said['text']}"
        )
    assert len(lines) == 2, f"two settings are wrong, the ConfigError has {len(lines)} lines"
    for value in (KEY, "1x-marks", "-3.25"):
        assert value not in said["text"], f"the ConfigError quotes a value: {value!r}"


@checks("settings.readable")
def test_right_settings_load_without_a_word(worker):
    said = worker.call("stage.settings:complaint", env={"OPENAI_API_KEY": KEY})
    assert said["type"] is None, f"load_settings() complained about right settings: {said['text']}"
