"""Reads your settings and describes them in plain words."""

import json
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
    """Each field's value and type, and every way of printing the settings, in one text."""
    settings = Settings()  # type: ignore[call-arg]  # from the environment
    values = {name: getattr(settings, name, None) for name in FIELDS}
    shown = [repr(settings), str(settings), str(settings.model_dump()), settings.model_dump_json()]
    key: Any = values["openai_api_key"]
    secret = key.get_secret_value() if hasattr(key, "get_secret_value") else key
    return {
        "values": {name: str(value) for name, value in values.items()} | {"openai_api_key": secret},
        "types": {name: type(value).__name__ for name, value in values.items()},
        "shown": json.dumps(shown),
    }


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
