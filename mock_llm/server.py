"""A running mock in this process: `with MockLLM() as mock:`."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from mock_llm.app import Application
from mock_llm.clock import Clock
from mock_llm.control import LabControl
from mock_llm.evidence.keys import short
from mock_llm.evidence.verdict import Verdict
from mock_llm.lab import Lab

if TYPE_CHECKING:
    from mock_llm.serving import Server


class MockLLM:
    """A mock LLM server on a free port of the loopback interface, in a thread of its own.

    Without `with`, `app` serves as an ASGI app without a port, and `lab` works all the same.

    Args:
        scenario: what every lab starts with: a shipped name, a YAML file or plain data.
        seed: what every lab draws from; the same requests get the same outcomes again.
        admin_token: if given, the admin interface asks for it; `lab` never does.
        port: the port to listen on; 0 takes a free one.
        clock: where the labs' clocks get their time from.
        time_scale: what every wait is multiplied by, unless a scenario says; 0 waits for nothing.
        answers: rules that speak where the scenario has none: a YAML file or plain data.
        replay: a recording that is replayed where it has a request.
        strict_replay: whether what is not recorded is refused.
        journal: a file where every request is written down; `stop` completes it.
        models: models beside the shipped ones: names, or for each what it is like, its windows and
            prices as a scenario writes them; see `mock_llm.model.own_models`.
        registered_only: whether a key that `lab` was not called with is refused with a 401, as a
            provider does; otherwise each opens a lab of its own.

    Raises:
        SettingError: one of the files cannot be used; the message says which and why.
    """

    def __init__(
        self,
        scenario: str | Path | Mapping[str, object] = "healthy",
        seed: int = 0,
        admin_token: str | None = None,
        *,
        port: int = 0,
        clock: Clock | None = None,
        time_scale: float = 1.0,
        answers: str | Path | Mapping[str, object] | None = None,
        replay: str | Path | None = None,
        strict_replay: bool = False,
        journal: str | Path | None = None,
        models: Sequence[str] | Mapping[str, object] = (),
        registered_only: bool = False,
    ) -> None:
        self.app = Application(
            scenario=scenario,
            seed=seed,
            admin_token=admin_token,
            clock=clock,
            time_scale=time_scale,
            answers=answers,
            replay=replay,
            strict_replay=strict_replay,
            journal=journal,
            models=models,
            registered_only=registered_only,
        )
        self._port = port
        self._url: str | None = None
        self._server: Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the server listens, for example "http://127.0.0.1:54321".

        Raises:
            RuntimeError: it does not run.
        """
        if self._url is None:
            raise RuntimeError("this MockLLM does not run; use it as `with MockLLM() as mock:`")
        return self._url

    @property
    def base_url(self) -> str:
        """What `OpenAI(base_url=…)` takes."""
        return f"{self.url}/v1"

    def lab(self, api_key: str) -> Lab:
        """The lab of an API key; it is opened if it is new."""
        if not api_key:
            raise ValueError("a lab is named by an API key that is not empty")
        return self.app.labs.register(api_key)

    def verdict(self, lab: LabControl | str | None = None) -> Verdict:
        """What a lab's clients did well and badly; see `mock_llm.evidence.verdict`.

        Args:
            lab: a lab or its API key. Left out, it is the only lab that was opened; if none was,
                that of the requests without a key.

        Raises:
            ValueError: the key has no lab, or there are several to choose from.
        """
        if lab is not None and not isinstance(lab, str):
            return lab.verdict()
        if lab:
            known = self.app.labs.known(lab)
            if known is None:
                raise ValueError(f"no request came with the API key {short(lab)}")
            return known.verdict()
        opened = self.app.labs.all()
        if lab is None and len(opened) > 1:
            keys = ", ".join(short(each.api_key) for each in opened[:5])
            more = ", …" if len(opened) > 5 else ""
            raise ValueError(f"say on which lab: mock.verdict(key); there are {keys}{more}")
        return (opened[0] if lab is None and opened else self.app.labs.nobodys).verdict()

    def start(self) -> None:
        """Start serving; returns once requests are accepted.

        Raises:
            OSError: the port is taken.
            RuntimeError: it runs already, or its journal on disk has ended.
        """
        # Only here, so that the rest of the package is imported without a web server.
        from mock_llm.serving import address, listen, make_server

        if self._thread is not None:
            raise RuntimeError("this MockLLM runs already")
        if self.app.is_closed:
            raise RuntimeError("the journal of this MockLLM has ended; make a new MockLLM")
        listener = listen("127.0.0.1", self._port)
        server = make_server(self.app, None, listening=lambda: None)

        def serve() -> None:
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(server.serve([listener]))

        self.app.warm_up()
        self._thread = threading.Thread(target=serve, name="mock-llm", daemon=True)
        self._thread.start()
        self._server, self._url = server, address(listener)

    def stop(self) -> None:
        """Stop serving; requests under way are broken off. Labs keep their journals; a journal on
        disk is complete, and ends."""
        if self._server is None or self._thread is None:
            return
        self._server.should_exit = True
        self._thread.join()
        self._server = self._thread = self._url = None
        self.app.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()
