"""The ASGI application: the providers' APIs, and the admin interface under /_mock/."""

import asyncio
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mock_llm.clock import Clock
from mock_llm.dashboard.paths import is_dashboards
from mock_llm.evidence.journal import Room
from mock_llm.evidence.prices import load_prices
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.model.models import load_models
from mock_llm.model.own_models import own_models, priced, with_own
from mock_llm.scenario import load_scenario
from mock_llm.store import KEPT_BYTES_TOGETHER
from mock_llm.wire.anthropic.api import Anthropic, is_anthropics
from mock_llm.wire.asgi import App, Receive, Scope, Send
from mock_llm.wire.bounded_body import bounded
from mock_llm.wire.openai.api import OpenAI
from mock_llm.wire.openai.express import Express
from mock_llm.yamlfile import SettingError

if TYPE_CHECKING:
    from mock_llm.evidence.disk import DiskJournal
    from mock_llm.scripted.replay import Recording
    from mock_llm.scripted.rules import Rules

ADMIN = "/_mock"


class Application:
    """Everything that a server serves, callable as an ASGI app with or without a port.

    Args:
        scenario: what every lab starts with: a shipped name, a YAML file or plain data.
        seed: what every lab draws from.
        admin_token: if given, the admin interface asks for it.
        clock: where the labs' clocks get their time from.
        time_scale: what every wait is multiplied by where the scenario does not say.
        answers: rules that speak instead of the knowledge pack where the scenario has none: a YAML
            file or plain data, see `mock_llm.scripted.rules`.
        replay: a recording that is replayed where it has a request, see `mock_llm.scripted.replay`.
        strict_replay: whether what is not recorded is refused.
        journal: a file where every request is written down, see `mock_llm.evidence.disk`;
            `close` ends it.
        models: models beside the shipped ones, see `mock_llm.model.own_models`.

    Raises:
        SettingError: one of the files cannot be used; the message says which and why.
    """

    def __init__(
        self,
        *,
        scenario: str | Path | Mapping[str, object] = "healthy",
        seed: int = 0,
        admin_token: str | None = None,
        clock: Clock | None = None,
        time_scale: float = 1.0,
        answers: str | Path | Mapping[str, object] | None = None,
        replay: str | Path | None = None,
        strict_replay: bool = False,
        journal: str | Path | None = None,
        registered_only: bool = False,
        keys: Sequence[Sequence[str]] = (),
        models: Sequence[str] | Mapping[str, object] = (),
    ) -> None:
        own = own_models(models)
        self.models = with_own(load_models(), own, "models")
        self.scenario = load_scenario(scenario)
        self.admin_token = admin_token
        prices = priced(load_prices(), own)
        for id in self.models:
            if id not in prices:
                raise SettingError(f"the price list has no price for {id}")
        rules = _rules(answers)
        self.recording = _recording(replay, strict_replay)
        self.unpriced: list[str] = []
        if self.recording is not None:
            prices = prices.covering(self.recording.models)
            self.unpriced = sorted(filter(prices.is_free, self.recording.models))
        self.is_closed = False
        room, kept_room = Room(), Room(KEPT_BYTES_TOGETHER)
        self._disk: DiskJournal | None = None

        def make(api_key: str) -> Lab:
            return Lab(
                api_key,
                scenario=self.scenario,
                models=self.models,
                prices=prices,
                seed=seed,
                clock=clock,
                time_scale=time_scale,
                room=room,
                kept_room=kept_room,
                disk=self._disk,
                answers=rules,
                recording=self.recording,
                admin_token=admin_token,
            )

        make("").set_scenario(self.scenario.to_dict())  # refuses faults for unknown models
        self._disk = _disk(journal)
        self.labs = Labs(make, registered_only=registered_only)
        for api_key, *others in keys:
            self.labs.register(api_key)
            for other in others:
                self.labs.register(other, beside=api_key)
        self._openai = OpenAI(self.labs)
        self._anthropic = Anthropic(self.labs, lambda: self._openai._pack)
        self._admin: App | None = None
        self._dashboard: App | None = None
        self._making = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] != "http":
            raise RuntimeError(f"mock_llm speaks HTTP, not {scope['type']}")
        elif is_dashboards(scope["path"]):
            await (await self._the_dashboard())(scope, receive, send)
        elif scope["path"] == ADMIN or scope["path"].startswith(f"{ADMIN}/"):
            await (await self._administration())(scope, receive, send)
        elif is_anthropics(scope):
            await self._anthropic(scope, receive, send)
        else:
            await self._openai(scope, receive, send)

    @property
    def express(self) -> Express:
        """The short way, for a server that can take it; see `mock_llm.wire.openai.express`."""
        return self._openai.express

    def close(self) -> None:
        """End the journal on disk, if there is one; no request may come any more."""
        if self._disk is not None and not self.is_closed:
            for lab in self.labs.all():
                lab.catch_up()
            self.is_closed = True
            self._disk.close()

    def warm_up(self) -> None:
        """Load what the first request would wait for."""
        self._openai.warm_up()

    async def _administration(self) -> App:
        if self._admin is None:
            # FastAPI takes half a second to import: only who administers pays for it.
            self._admin = await asyncio.to_thread(self._make_admin)
        return self._admin

    async def _the_dashboard(self) -> App:
        if self._dashboard is None:
            return await asyncio.to_thread(self._make_dashboard)
        return self._dashboard

    def _make_dashboard(self) -> App:
        from mock_llm.dashboard.site import make_site

        with self._making:  # many pages may open at once, and share what is read
            if self._dashboard is None:
                site = make_site(self.labs, self.admin_token)
                self._dashboard = bounded(site, takes_json=False)
            return self._dashboard

    def _make_admin(self) -> App:
        from mock_llm.admin import make_admin

        return bounded(make_admin(self.labs, self.admin_token), takes_json=True)


def _rules(answers: str | Path | Mapping[str, object] | None) -> "Rules | None":
    if answers is None:
        return None
    from mock_llm.scripted.rules import load_rules

    return load_rules(answers)


def _recording(path: str | Path | None, strict: bool) -> "Recording | None":
    if path is None:
        if strict:
            raise SettingError("strict_replay: needs a recording to replay")
        return None
    from mock_llm.scripted.replay import Recording

    return Recording.load(path, strict=strict)


def _disk(path: str | Path | None) -> "DiskJournal | None":
    if path is None:
        return None
    from mock_llm.evidence.disk import DiskJournal

    return DiskJournal(Path(path))


async def _live(receive: Receive, send: Send) -> None:
    """Nothing to start or stop; say so to whoever asks."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
