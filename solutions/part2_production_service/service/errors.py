"""What can go wrong, in the service's own words.

The rest of the service never sees an exception of an SDK, of httpx or of json. Whoever changes the
provider changes `llm.py` and nothing else. Nothing to fill in here: read it.
"""


class ServiceError(Exception):
    """Something this service knows how to talk about."""


class ConfigError(ServiceError):
    """The settings are missing or wrong; the message lists every one of them."""


class ModelError(ServiceError):
    """The model gave us no answer that we can use."""


class ModelTimeout(ModelError):
    """No answer before the deadline."""


class ModelRateLimited(ModelError):
    """The provider told us to wait (429). `retry_after_s`: how long, in seconds, if it said so."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ModelUnavailable(ModelError):
    """The provider is broken or out of reach: a 5xx, a refused or a reset connection."""


class UnusableAnswer(ModelError):
    """Something came back with status 200, and it is not an answer: empty, or not JSON at all."""


class RequestRejected(ServiceError):
    """The provider says that our request is wrong: 400, 401, 403, 404, 422.

    Not a `ModelError` on purpose: asking again, or asking another model, sends the same mistake.
    """
