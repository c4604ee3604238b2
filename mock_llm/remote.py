"""A lab on a running server, over its admin interface: `connect(url, api_key)`."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from mock_llm.evidence.budgets import Budget, parse_budget
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.ledger import Ledger
from mock_llm.evidence.verdict import Verdict
from mock_llm.injected.faults import Fault, make_fault, parse_fault
from mock_llm.injected.latency import Latency, Times, parse_latency
from mock_llm.injected.limits import Limits, parse_limits
from mock_llm.injected.load import BurstTimes, Load, parse_load
from mock_llm.no_tls import no_tls
from mock_llm.scenario import Scenario, load_scenario, parse_scenario, shipped
from mock_llm.yamlfile import SettingError, Table

if TYPE_CHECKING:
    import httpx

    from mock_llm.scripted.rules import Rules


class ServerProblem(RuntimeError):
    """The server cannot be reached, or refuses; the message says why and what to do."""


def connect(url: str, api_key: str, admin_token: str | None = None) -> "RemoteLab":
    """The lab of an API key on a running server.

    Args:
        url: the server's root, for example "http://127.0.0.1:8100"; a trailing /v1 is ignored.
        api_key: the lab's key.
        admin_token: the server's admin token, if it has one.

    Raises:
        ServerProblem: nothing answers there, or not with this token.
    """
    lab = RemoteLab(url.rstrip("/").removesuffix("/v1"), api_key, admin_token)
    lab.state()
    return lab


class RemoteLab:
    """The same interface as `mock_llm.Lab`, for a lab in another process."""

    def __init__(self, url: str, api_key: str, admin_token: str | None = None) -> None:
        import httpx

        self.url = url
        self.api_key = api_key
        headers = {"Authorization": f"Bearer {api_key}"}
        if admin_token:
            headers["X-Admin-Token"] = admin_token
        # A proxy has no business between us and a server on this machine, and without idle
        # connections there is nothing that a user would have to close.
        self._http = httpx.Client(
            base_url=f"{url}/_mock",
            headers=headers,
            trust_env=False,
            verify=no_tls() if url.startswith("http://") else True,
            timeout=30.0,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @property
    def base_url(self) -> str:
        """What `OpenAI(base_url=…)` takes."""
        return f"{self.url}/v1"

    def state(self) -> dict[str, Any]:
        """Requests under way, seed and scenario's name."""
        state: dict[str, Any] = self._call("GET", "/lab")
        return state

    def journal(self) -> list[Entry]:
        """The requests so far, in order of arrival; those under way are not in it yet."""
        entries: list[Entry] = []
        more = True
        while more:
            after = entries[-1].sequence if entries else 0
            page = self._call("GET", "/journal", params={"after": after})
            entries += map(Entry.from_dict, page["entries"])
            more = page["more"]
        return entries

    def ledger(self) -> Ledger:
        """What the requests so far cost."""
        return Ledger.from_dict(self._call("GET", "/ledger"))

    def verdict(self) -> Verdict:
        """What the clients did well and badly, by the journal."""
        return Verdict.from_dict(self._call("GET", "/verdict"))

    def set_budgets(self, budgets: Sequence[Mapping[str, object]]) -> None:
        """Replace all budgets; what was spent before counts. See `mock_llm.Lab.set_budgets`.

        Raises:
            SettingError: naming the budget, the key and what is wrong; then nothing changes.
        """
        self._call("PUT", "/budgets", json=[dict(each) for each in budgets])

    def budgets(self) -> list[tuple[Budget, int]]:
        """The budgets, each with what it leaves today in nano-dollars."""
        return [
            (parse_budget(Table(each["budget"], "budget")), each["left_nanodollars"])
            for each in self._call("GET", "/budgets")
        ]

    def add_fault(
        self,
        kind: str,
        *,
        probability: float | None = None,
        first: int | None = None,
        every: int | None = None,
        model: str | None = None,
        endpoint: str | None = None,
        stream: bool | None = None,
        times: int | None = None,
        user: str | None = None,
        text: str | None = None,
        load: int | None = None,
        from_s: float | None = None,
        until_s: float | None = None,
        repeat_s: float | None = None,
        **settings: float | None,
    ) -> Fault:
        """Make requests fail, after the faults that are there already.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        given = {
            "probability": probability,
            "first": first,
            "every": every,
            "model": model,
            "endpoint": endpoint,
            "stream": stream,
            "times": times,
            "user": user,
            "text": text,
            "load": load,
            "from_s": from_s,
            "until_s": until_s,
            "repeat_s": repeat_s,
        }
        fault = make_fault(kind, {**settings, **given})
        self._call("POST", "/faults", json=fault.to_dict())
        return fault

    def faults(self) -> list[Fault]:
        """The faults in force."""
        return [parse_fault(Table(each, "fault")) for each in self._call("GET", "/faults")]

    def clear_faults(self) -> None:
        """End all faults, the scenario's too."""
        self._call("DELETE", "/faults")

    def set_latency(self, **times: Unpack[Times]) -> None:
        """Replace one model's latency, or everybody's. Seconds.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        self._call("PUT", "/latency", json=dict(times))

    def latency(self) -> Latency:
        """The latency in force."""
        return parse_latency(Table(self._call("GET", "/latency"), "latency"))

    def set_load(
        self,
        *,
        capacity: int | None = None,
        queue: int | None = None,
        slowdown: float | None = None,
        timeout_s: float | None = None,
        neighbours: Sequence[BurstTimes] | None = None,
    ) -> None:
        """Replace what the provider can do at once. Nothing given: anything.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        given = {
            "capacity": capacity,
            "queue": queue,
            "slowdown": slowdown,
            "timeout_s": timeout_s,
            "neighbours": neighbours,
        }
        self._call("PUT", "/load", json=given)

    def load(self) -> Load:
        """How much the provider can do at once."""
        return parse_load(Table(self._call("GET", "/load"), "load"))

    def set_limits(
        self,
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        concurrent: int | None = None,
        batch_queue_tokens: int | None = None,
        neighbours: Sequence[BurstTimes] | None = None,
        model: str | None = None,
    ) -> None:
        """Replace one model's limits, or everybody's, with full buckets. Nothing given: none.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        given = {
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "concurrent": concurrent,
            "batch_queue_tokens": batch_queue_tokens,
            "neighbours": neighbours,
            "model": model,
        }
        self._call("PUT", "/limits", json=given)

    def limits(self) -> Limits:
        """The limits, whether or not they are enforced."""
        return parse_limits(Table(self._call("GET", "/limits"), "limits"))

    def set_time_scale(self, scale: float) -> None:
        """What every wait is multiplied by from now on: 0.1 is ten times as fast, 0 waits not.

        Raises:
            SettingError: it is no number, or negative.
        """
        self._call("PUT", "/time_scale", json={"time_scale": scale})

    def time_scale(self) -> float:
        """What every wait is multiplied by."""
        return float(self._call("GET", "/time_scale")["time_scale"])

    def freeze_clock(self) -> None:
        """Stop the lab's clock."""
        self._call("POST", "/clock/freeze")

    def advance_clock(self, seconds: float) -> None:
        """Move the lab's clock forward, whether or not it stands still.

        Raises:
            SettingError: seconds is no number, or negative.
        """
        self._call("POST", "/clock/advance", json={"seconds": seconds})

    def resume_clock(self) -> None:
        """Let the lab's clock run on from where it stands."""
        self._call("POST", "/clock/resume")

    def set_answers(self, answers: "str | Path | Mapping[str, object] | Rules | None") -> None:
        """Let rules speak instead of the knowledge pack; None ends them.

        See `mock_llm.scripted.rules`.

        Raises:
            SettingError: naming the file, the key and what is wrong with it.
        """
        from mock_llm.scripted.rules import Rules, load_rules

        if answers is None:
            self._call("DELETE", "/answers")
            return
        rules = answers if isinstance(answers, Rules) else load_rules(answers)
        self._call("PUT", "/answers", json=rules.to_dict())

    def answers(self) -> "Rules | None":
        """The rules in force; None if there are none."""
        from mock_llm.scripted.rules import load_rules

        given = self._call("GET", "/answers")
        return load_rules(given) if given else None

    def scenario(self) -> Scenario:
        """The scenario that was set last."""
        return parse_scenario(Table(self._call("GET", "/scenario"), "scenario"), "custom")

    def set_scenario(self, scenario: str | Path | Mapping[str, object]) -> None:
        """Begin a scenario: a shipped name, a file, plain data. What was set before ends.

        Raises:
            SettingError: naming the file, the key and what is wrong with it.
        """
        named = isinstance(scenario, str) and scenario in shipped()
        data = {"name": scenario} if named else load_scenario(scenario).to_dict()
        self._call("PUT", "/scenario", json=data)

    def reset(self) -> None:
        """Empty journal and ledger, forget what was asked, go back to the server's scenario, time
        scale and clock."""
        self._call("POST", "/reset")

    def wait_until_idle(self, timeout_s: float = 5.0) -> bool:
        """Wait until no request is under way; False if one still was after so many seconds."""
        ends = time.monotonic() + timeout_s
        while self.state()["underway"]:
            if time.monotonic() >= ends:
                return False
            time.sleep(0.02)
        return True

    def _call(self, method: str, path: str, **content: Any) -> Any:
        import httpx

        try:
            response = self._http.request(method, path, **content)
        except httpx.HTTPError as error:
            raise ServerProblem(
                f"No mock LLM answers at {self.url} ({error}). Start one: mock-llm serve"
            ) from error
        if response.is_success:
            return response.json()
        message = _message(response)
        if response.status_code == 422:
            raise SettingError(message)
        raise ServerProblem(f"{self.url} refuses {method} /_mock{path}: {message}")


def _message(response: "httpx.Response") -> str:
    try:
        return str(response.json()["error"]["message"])
    except (ValueError, KeyError, TypeError):
        return f"status {response.status_code}, and what answers there is no mock LLM"
