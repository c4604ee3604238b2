"""Reads your settings and describes them in plain words."""

from typing import Any

from service.config import Settings, load_settings
from service.errors import ConfigError

FIELDS = (
    "openai_api_key",
    "max_tokens",
    "timeout_seconds",
    "cache_ttl",
    "daily_budget",
    "request_cost_limit",
)


def read() -> dict[str, object]:
    """Each field's value, and what both amounts of money are together.

    Prints the settings in every way that there is: what is printed can be read from outside.
    """
    settings = Settings()  # type: ignore[call-arg]  # from the environment
    print(repr(settings), settings, settings.model_dump(), settings.model_dump_json(), sep="\n")
    values: dict[str, Any] = {name: getattr(settings, name, None) for name in FIELDS}
    key = values["openai_api_key"]
    secret = key.get_secret_value() if hasattr(key, "get_secret_value") else key
    return {
        "values": {name: str(value) for name, value in values.items()} | {"openai_api_key": secret},
        "together": _together(values["daily_budget"], values["request_cost_limit"]),
    }


def _together(one: Any, other: Any) -> str:
    try:
        return str(one + other)
    except TypeError:
        return f"nothing that can be added ({type(one).__name__} and {type(other).__name__})"


def refusal() -> str | None:
    """What Settings() says when it refuses to start; None if it starts."""
    try:
        Settings()  # type: ignore[call-arg]  # from the environment
    except ValueError as error:
        return str(error)
    return None


def complaint() -> dict[str, str | None]:
    """What load_settings() raises, as type and text; both None if it raises nothing."""
    try:
        load_settings()
    except ConfigError as error:
        return {"type": "ConfigError", "text": str(error), "cause": repr(error.__cause__)}
    except ValueError as error:
        return {"type": type(error).__name__, "text": str(error), "cause": None}
    return {"type": None, "text": None, "cause": None}
