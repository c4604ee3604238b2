"""The ASGI application: the providers' APIs, and the admin interface under /_mock/."""

import asyncio
from collections.abc import Mapping
from pathlib import Path

from mock_llm.clock import Clock
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.models import load_models
from mock_llm.prices import load_prices
from mock_llm.scenario import load_scenario
from mock_llm.wire.asgi import App, Receive, Scope, Send
from mock_llm.wire.openai import OpenAI
from mock_llm.yamlfile import SettingError

ADMIN = "/_mock"


class Application:
    """Everything that a server serves, callable as an ASGI app with or without a port.

    Args:
        scenario: what every lab starts with: a shipped name, a YAML file or plain data.
        seed: what every lab draws from.
        admin_token: if given, the admin interface asks for it.
        clock: the labs' time.

    Raises:
        SettingError: the scenario cannot be used; the message says why.
    """

    def __init__(
        self,
        *,
        scenario: str | Path | Mapping[str, object] = "healthy",
        seed: int = 0,
        admin_token: str | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.models = load_models()
        self.scenario = load_scenario(scenario)
        self.admin_token = admin_token
        ids, prices = frozenset(self.models), load_prices()
        for id in ids:
            if id not in prices:
                raise SettingError(f"the price list has no price for {id}")

        def make(api_key: str) -> Lab:
            return Lab(
                api_key,
                scenario=self.scenario,
                models=ids,
                prices=prices,
                seed=seed,
                clock=clock,
            )

        make("").set_scenario(self.scenario.to_dict())  # refuses faults for unknown models
        self.labs = Labs(make)
        self._openai = OpenAI(self.labs, self.models)
        self._admin: App | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] != "http":
            raise RuntimeError(f"mock_llm speaks HTTP, not {scope['type']}")
        elif scope["path"] == ADMIN or scope["path"].startswith(f"{ADMIN}/"):
            await (await self._administration())(scope, receive, send)
        else:
            await self._openai(scope, receive, send)

    def warm_up(self) -> None:
        """Load what the first request would wait for."""
        self._openai.warm_up()

    async def _administration(self) -> App:
        if self._admin is None:
            # FastAPI takes half a second to import: only who administers pays for it.
            self._admin = await asyncio.to_thread(self._make_admin)
        return self._admin

    def _make_admin(self) -> App:
        from mock_llm.admin import make_admin

        return make_admin(self.labs, self.admin_token)


async def _live(receive: Receive, send: Send) -> None:
    """Nothing to start or stop; say so to whoever asks."""
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
