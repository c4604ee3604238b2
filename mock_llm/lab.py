"""A lab: everything that can be set, counted or broken for one API key."""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mock_llm.allowance import Allowance
from mock_llm.clock import Clock, SystemClock
from mock_llm.draws import Draw
from mock_llm.faults import Fault, Faults, Target, make_fault
from mock_llm.journal import KEPT_ENTRIES, Entry, Journal
from mock_llm.latency import Latency, parse_pace
from mock_llm.ledger import KEPT_LINES, Book, Ledger
from mock_llm.prices import PriceList
from mock_llm.scenario import Scenario, load_scenario
from mock_llm.visit import Visit
from mock_llm.yamlfile import SettingError, Table

# After so many different contents the oldest are forgotten, and would count from one again.
REMEMBERED_CONTENTS = 500_000


class Lab:
    """The lab of one API key. Safe to use from any thread.

    Args:
        api_key: the bearer key that leads here.
        scenario: how this lab behaves until told otherwise.
        models: the ids of the models that exist, so that a fault for another is refused.
        prices: what its requests cost.
        seed: another seed gives other answers, latencies and failures.
        clock: where its times and dates come from; waits are always real.
    """

    def __init__(
        self,
        api_key: str,
        *,
        scenario: Scenario,
        models: frozenset[str],
        prices: PriceList,
        seed: int = 0,
        clock: Clock | None = None,
        kept_entries: int = KEPT_ENTRIES,
        kept_lines: int = KEPT_LINES,
    ) -> None:
        self.api_key = api_key
        self.seed = seed
        self.clock = clock or SystemClock()
        self._models = models
        self._prices = prices
        self._opened = self.clock.monotonic()
        self._kept = (kept_entries, kept_lines)
        self._servers_scenario = scenario
        self._lock = threading.Lock()
        self._sequence = 0
        self._underway = 0
        self._start_over()

    def _start_over(self) -> None:
        entries, lines = self._kept
        self._journal = Journal(entries)
        self._book = Book(lines)
        self._seen: dict[str, int] = {}
        self.allowance = Allowance()
        self._play(self._servers_scenario)

    def _play(self, scenario: Scenario) -> None:
        self._scenario = scenario
        self._latency = scenario.latency
        self._faults = Faults(scenario.faults)

    # What tests, lessons and the admin interface use.

    def journal(self) -> list[Entry]:
        """The requests so far, in order of arrival; those under way are not in it yet."""
        return self._journal.entries()

    def ledger(self) -> Ledger:
        """What the requests so far cost."""
        return self._book.ledger()

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
        **settings: float | None,
    ) -> Fault:
        """Make requests fail, after the faults that are there already; see `mock_llm.faults`.

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
        }
        return self.add(make_fault(kind, {**settings, **given}))

    def add(self, fault: Fault) -> Fault:
        """Make requests fail by a fault that is at hand.

        Raises:
            SettingError: there is no such model.
        """
        self._known(fault.model, f"fault {fault.kind}: model")
        with self._lock:
            self._faults.add(fault)
        return fault

    def replace_faults(self, faults: Sequence[Fault]) -> None:
        """End all faults and begin these.

        Raises:
            SettingError: there is no such model; then nothing changes.
        """
        for fault in faults:
            self._known(fault.model, f"fault {fault.kind}: model")
        with self._lock:
            self._faults = Faults(faults)

    def faults(self) -> list[Fault]:
        """The faults in force, in the order in which they are looked at."""
        with self._lock:
            return self._faults.list()

    def clear_faults(self) -> None:
        """End all faults, the scenario's too."""
        with self._lock:
            self._faults = Faults()

    def set_latency(
        self,
        *,
        ttft_median_s: float = 0.0,
        ttft_p99_s: float | None = None,
        per_token_median_s: float = 0.0,
        per_token_p99_s: float | None = None,
        model: str | None = None,
    ) -> None:
        """Replace one model's latency, or everybody's; see `mock_llm.latency`. Seconds.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        times = {
            "ttft_median_s": ttft_median_s,
            "ttft_p99_s": ttft_p99_s,
            "per_token_median_s": per_token_median_s,
            "per_token_p99_s": per_token_p99_s,
        }
        self.set_pace(Table(times, "latency"), model)

    def set_pace(self, times: Table, model: str | None) -> None:
        """The same as `set_latency`, from a table.

        Raises:
            SettingError: naming the key and what is wrong with it.
        """
        pace = parse_pace(times)
        self._known(model, "latency: model")
        with self._lock:
            self._latency = self._latency.with_pace(pace, model)

    def latency(self) -> Latency:
        """The latency in force."""
        return self._latency

    def scenario(self) -> Scenario:
        """The scenario that was set last; later changes to faults and latency are not in it."""
        return self._scenario

    def set_scenario(self, scenario: str | Path | Mapping[str, object]) -> None:
        """Replace latency and faults by those of a scenario: a shipped name, a file, plain data.

        Raises:
            SettingError: naming the file, the key and what is wrong with it.
        """
        loaded = load_scenario(scenario)
        for fault in loaded.faults:
            self._known(fault.model, f"scenario {loaded.name}: fault {fault.kind}: model")
        with self._lock:
            self._play(loaded)

    def reset(self) -> None:
        """Empty journal and ledger, forget what was asked, go back to the server's scenario."""
        with self._lock:
            self._start_over()

    def wait_until_idle(self, timeout_s: float = 5.0) -> bool:
        """Wait until no request is under way, so that the journal is complete.

        A client that gave up knows it before the server does.

        Returns:
            False if one was still under way after `timeout_s` seconds.
        """
        ends = time.monotonic() + timeout_s
        while self._underway:
            if time.monotonic() >= ends:
                return False
            time.sleep(0.002)
        return True

    # What the engine uses.

    @property
    def underway(self) -> int:
        """How many requests are being answered now."""
        return self._underway

    def arrive(self, endpoint: str) -> Visit:
        """Note that a request came."""
        with self._lock:
            self._sequence += 1
            self._underway += 1
            return Visit(
                endpoint=endpoint,
                name=self.api_key,
                sequence=self._sequence,
                opened=self._opened,
                clock=self.clock,
                prices=self._prices,
                journal=self._journal,
                book=self._book,
                leave=self._leave,
            )

    def admit(self, target: Callable[[int], Target], content: str) -> tuple[Target, Fault | None]:
        """Count a request's content, and decide whether a fault takes the request."""
        with self._lock:
            occurrence = self._seen.get(content, 0) + 1
            self._seen[content] = occurrence
            if len(self._seen) > REMEMBERED_CONTENTS:
                self._seen.pop(next(iter(self._seen)))
            admitted = target(occurrence)
            return admitted, self._faults.strike(self.seed, admitted)

    def draw(self, *parts: str) -> Draw:
        """Draws of this lab about a subject."""
        return Draw(self.seed, *parts)

    def _leave(self) -> None:
        with self._lock:
            self._underway -= 1

    def _known(self, model: str | None, where: str) -> None:
        if model is not None and model not in self._models:
            raise SettingError(f"{where}: {model!r} is none of {', '.join(sorted(self._models))}")
