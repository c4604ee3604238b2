"""Settings: read once at the start, checked before the first request, never printed with secrets.

Task `settings` (section 2.3).
"""

from decimal import Decimal
from typing import Self

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from .errors import ConfigError


class Settings(BaseSettings):
    """Everything that differs between a laptop and production.

    Each field is read from the environment variable of the same name in capitals, then from the
    file `.env`, then from its default. The fields that you add:

    | field                | type        | default | must be               |
    |----------------------|-------------|---------|-----------------------|
    | `openai_api_key`     | `SecretStr` | none    | not empty             |
    | `max_tokens`         | `int`       | 200     | 1 to 4096             |
    | `timeout_seconds`    | `float`     | 5.0     | above 0, at most 60   |
    | `cache_ttl`          | `int`       | 3600    | above 0 (seconds)     |
    | `daily_budget`       | `Decimal`   | 50      | above 0 (dollars)     |
    | `request_cost_limit` | `Decimal`   | 0.50    | above 0 (dollars)     |
    """

    # `hide_input_in_errors`: pydantic otherwise quotes the wrong value, and it may be the key.
    model_config = SettingsConfigDict(env_file=".env", extra="ignore", hide_input_in_errors=True)

    openai_base_url: str = "http://127.0.0.1:8100/v1"
    large_model: str = "gpt-6.1-sol"
    small_model: str = "gpt-6-luna"
    redis_url: str = "fakeredis://"
    prompt_version: str = "1"
    catalogue_version: str = "2026-11"

    openai_api_key: SecretStr = Field(min_length=1)
    max_tokens: int = Field(default=200, ge=1, le=4096)
    timeout_seconds: float = Field(default=5.0, gt=0, le=60)
    cache_ttl: int = Field(default=3600, gt=0)
    daily_budget: Decimal = Field(default=Decimal("50"), gt=0)
    request_cost_limit: Decimal = Field(default=Decimal("0.50"), gt=0)

    @model_validator(mode="after")
    def one_request_fits_in_a_day(self) -> Self:
        """Refuse a limit for one request that is above the budget for the whole day.

        Raise a ValueError that says so; return `self` when all is well.
        """
        if self.request_cost_limit > self.daily_budget:
            raise ValueError(
                "REQUEST_COST_LIMIT is above DAILY_BUDGET: one request could spend more than a day"
            )
        return self


def load_settings() -> Settings:
    """The settings, or a `ConfigError` that an engineer can act on at three in the morning.

    Its message has one line for each thing that is wrong, such as
    `TIMEOUT_SECONDS: Input should be greater than 0`. It never quotes a value.
    """
    try:
        return Settings()  # type: ignore[call-arg]  # the values come from the environment
    except ValidationError as error:
        lines = []
        for problem in error.errors(include_input=False, include_url=False):
            name = ".".join(str(part) for part in problem["loc"]).upper() or "SETTINGS"
            lines.append(f"{name}: {problem['msg']}")
        raise ConfigError("\n".join(lines)) from None
