"""What the pytest fixture `mock_llm` gives to a test: its lab, and clients that talk to it."""

import os
from collections.abc import Mapping, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_llm.lab import Lab
from mock_llm.no_tls import no_tls
from mock_llm.server import MockLLM
from mock_llm.yamlfile import SettingError

if TYPE_CHECKING:
    from openai import AsyncOpenAI, OpenAI

    # All that a lab has, this has: `__getattr__` passes it on.
    _Lab = Lab
else:
    _Lab = object

_LAST_WORDS_S = 0.5
# A server keeps every lab that was ever opened. Tests whose ids lead to the same key run one after
# the other, and each finds the lab as new.
_KEYS = 4096


class PytestLab(_Lab):
    """The lab of one test, with all that `mock_llm.Lab` has.

    Args:
        server: where the lab is opened.
        test: the test's node id; it decides the API key.
        scenario: how the lab behaves, where not as the server's scenario says.
        seed: what it draws from, where not from the server's seed.
        faults: a list of kinds, or of dicts with a `kind`, added after the scenario's own.

    Raises:
        SettingError: one of them cannot be used; the message says why.
    """

    __slots__ = ("_asked", "_clients", "_server", "lab")

    def __init__(
        self,
        server: MockLLM,
        test: str,
        *,
        scenario: str | Path | Mapping[str, object] | None = None,
        seed: int | None = None,
        faults: Sequence[str | Mapping[str, Any]] = (),
    ) -> None:
        self._server = server
        self._clients: list[OpenAI] = []
        self._asked = (scenario, _checked(seed), [_fault(fault) for fault in _list(faults)])
        self.lab = server.lab(_key(test))
        self.reset()

    def __getattr__(self, name: str) -> Any:
        if name in self.__slots__:  # not there yet
            raise AttributeError(name)
        return getattr(self.lab, name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *dir(self.lab)})

    def __repr__(self) -> str:
        return f"<mock_llm lab {self.lab.api_key} at {self.base_url}>"

    @property
    def url(self) -> str:
        """Where the server listens; what `Anthropic(base_url=…)` takes."""
        return self._server.url

    @property
    def base_url(self) -> str:
        """What `OpenAI(base_url=…)` takes."""
        return self._server.base_url

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send the official SDKs here, for code that makes its own client.

        A proxy of the machine is told to leave this server alone.
        """
        spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        direct = f"{spared},127.0.0.1" if spared else "127.0.0.1"
        return {
            "OPENAI_BASE_URL": self.base_url,
            "OPENAI_API_KEY": self.lab.api_key,
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": self.lab.api_key,
            "no_proxy": direct,
            "NO_PROXY": direct,
        }

    def client(self, **options: Any) -> "OpenAI":
        """The official SDK, blocking, without retries of its own; closed when the test ends.

        Options are those of `openai.OpenAI`.

        Raises:
            ImportError: the package openai is not installed.
        """
        import openai

        http = openai.DefaultHttpxClient(trust_env=False, verify=no_tls())
        client = openai.OpenAI(**{**self._defaults(), "http_client": http, **options})
        self._clients.append(client)
        return client

    def async_client(self, **options: Any) -> "AsyncOpenAI":
        """The same for `await`; it keeps no connection open, so nothing has to be closed.

        Raises:
            ImportError: the package openai is not installed.
        """
        import openai

        http = openai.DefaultAsyncHttpxClient(
            trust_env=False, verify=no_tls(), headers={"Connection": "close"}
        )
        return openai.AsyncOpenAI(**{**self._defaults(), "http_client": http, **options})

    def reset(self) -> None:
        """Empty journal and ledger, and begin anew with what the test's marker asks for."""
        scenario, seed, faults = self._asked
        self.lab.reset()
        if scenario is not None:
            self.lab.set_scenario(scenario)
        self.lab.seed = self._server.app.labs.nobodys.seed if seed is None else seed
        for fault in faults:
            self.lab.add_fault(**fault)

    def settle(self) -> bool:
        """Wait a moment for requests under way; False if some still are."""
        return self.lab.wait_until_idle(_LAST_WORDS_S)

    def close_clients(self) -> None:
        """Close the blocking clients that were handed out."""
        for client in self._clients:
            client.close()
        self._clients.clear()

    def end(self) -> None:
        """Forget what the test did and set; late requests meet the server's scenario."""
        self.close_clients()
        self.lab.reset()

    def _defaults(self) -> dict[str, Any]:
        return {"base_url": self.base_url, "api_key": self.lab.api_key, "max_retries": 0}


def _key(test: str) -> str:
    digest = blake2b(test.encode(), digest_size=8).digest()
    return f"sk-test-{int.from_bytes(digest) % _KEYS:03x}"


def _checked(seed: int | None) -> int | None:
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int)):
        raise SettingError(f"seed: expected a whole number, got {seed!r}")
    return seed


def _list(faults: Sequence[str | Mapping[str, Any]]) -> Sequence[str | Mapping[str, Any]]:
    if isinstance(faults, str | Mapping):
        raise SettingError(f"faults: expected a list, got {faults!r}")
    return faults


def _fault(fault: str | Mapping[str, Any]) -> dict[str, Any]:
    given = {"kind": fault} if isinstance(fault, str) else dict(fault)
    if not isinstance(given.get("kind"), str):
        raise SettingError(f"faults: {fault!r} has no kind")
    return given
