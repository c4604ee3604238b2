"""How the provider of one lab behaves: latency, load, faults, limits, time scale and clock."""

import threading
import time
from collections.abc import Mapping, Sequence
from typing import Unpack

from mock_llm.clock import LabClock
from mock_llm.injected.allowance import Allowances
from mock_llm.injected.fault_scope import Target
from mock_llm.injected.faults import Fault, Faults, make_fault
from mock_llm.injected.latency import Latency, Pace, Times, parse_pace
from mock_llm.injected.limits import Limits, parse_limits, parse_own_limits
from mock_llm.injected.load import BurstTimes, Load, Queue, parse_load
from mock_llm.model.models import Model
from mock_llm.model.own_models import with_own
from mock_llm.scenario import Scenario
from mock_llm.yamlfile import MOST, SettingError, Table, with_hint

MOST_FAULTS = 1_000  # every request is compared with each of them


class Behaviour:
    """What a scenario or a caller sets about one lab's provider. Safe to use from any thread.

    Args:
        clock: the lab's clock.
        models: those that exist, by id.
        time_scale: what every wait is multiplied by where the scenario does not say.

    Raises:
        SettingError: the time scale is no number, or negative.
    """

    allowances: Allowances

    def __init__(self, clock: LabClock, models: Mapping[str, Model], time_scale: float) -> None:
        self.clock = clock
        self._models = self._servers_models = models
        self._servers_time_scale = _scale(time_scale, "server")
        self._lock = threading.Lock()

    def _behave(self, scenario: Scenario, age_s: float) -> None:
        """Begin a scenario that is so many seconds old; the caller holds the lock."""
        now = self.clock.monotonic() - age_s
        scale = scenario.time_scale
        self._models = self._with_own(scenario)
        self._latency, self._paced_since = scenario.latency, dict[str | None, float]({None: now})
        self._faults = Faults(scenario.faults, now)
        self._bear(scenario.load, now)
        self.allowances = Allowances(scenario.limits, now, self._models)
        self._time_scale = self._servers_time_scale if scale is None else scale

    def _bear(self, load: Load, now: float) -> None:
        self._load, self._loaded_since = load, now
        self._queue = Queue(load) if load.capacity else None

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

        See `mock_llm.injected.faults`.

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
        return self.add(make_fault(kind, {**settings, **given}))

    def add(self, fault: Fault) -> Fault:
        """Make requests fail by a fault that is at hand.

        Raises:
            SettingError: there is no such model, or there are too many faults already.
        """
        self._known(fault.model, f"fault {fault.kind}: model")
        self.catch_up()
        with self._lock:
            if len(self._faults.list()) >= MOST_FAULTS:
                raise SettingError(f"fault {fault.kind}: a lab has at most {MOST_FAULTS:,} faults")
            self._faults.add(fault, self.clock.monotonic())
        return fault

    def replace_faults(self, faults: Sequence[Fault]) -> None:
        """End all faults and begin these.

        Raises:
            SettingError: there is no such model; then nothing changes.
        """
        for fault in faults:
            self._known(fault.model, f"fault {fault.kind}: model")
        self.catch_up()
        with self._lock:
            self._faults = Faults(faults, self.clock.monotonic())

    def faults(self) -> list[Fault]:
        """The faults in force, in the order in which they are looked at; `times` counts down."""
        self.catch_up()
        with self._lock:
            return self._faults.list()

    def clear_faults(self) -> None:
        """End all faults, the scenario's too."""
        self.catch_up()
        with self._lock:
            self._faults = Faults()

    def set_latency(self, **times: Unpack[Times]) -> None:
        """Replace one model's latency, or everybody's; see `mock_llm.injected.latency`. Seconds.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        given = dict(times)
        model = times.get("model")
        given.pop("model", None)
        self.set_pace(Table(given, "latency"), model)

    def set_pace(self, times: Table, model: str | None) -> None:
        """The same as `set_latency`, from a table.

        Raises:
            SettingError: naming the key and what is wrong with it.
        """
        pace = parse_pace(times)
        self._known(model, "latency: model")
        with self._lock:
            now = self.clock.monotonic()
            since = self._paced_since if model is not None else {}
            self._paced_since = {**since, model: now}
            self._latency = self._latency.with_pace(pace, model)

    def latency(self) -> Latency:
        """The latency in force."""
        return self._latency

    def set_load(
        self,
        *,
        capacity: int | None = None,
        queue: int | None = None,
        slowdown: float | None = None,
        timeout_s: float | None = None,
        neighbours: Sequence[BurstTimes] | None = None,
    ) -> None:
        """Replace what the provider can do at once; nothing given: anything.

        See `mock_llm.injected.load`.

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
        self.bear(parse_load(Table(given, "load")))

    def bear(self, load: Load) -> None:
        """The same as `set_load`, from a load that is at hand."""
        with self._lock:
            self._bear(load, self.clock.monotonic())

    def load(self) -> Load:
        """How much the provider can do at once."""
        return self._load

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
        """Replace one model's limits, or everybody's, with full buckets; nothing given: none.

        See `mock_llm.injected.limits`.

        Raises:
            SettingError: naming the argument and what is wrong with it.
        """
        given = {
            "requests_per_minute": requests_per_minute,
            "tokens_per_minute": tokens_per_minute,
            "concurrent": concurrent,
            "batch_queue_tokens": batch_queue_tokens,
            "neighbours": neighbours,
        }
        self.limit(Table(given, "limits"), model)

    def limit(self, table: Table, model: str | None) -> None:
        """The same as `set_limits`, from a table; everybody's may have `tiers` and `models`.

        Raises:
            SettingError: naming the key and what is wrong with it.
        """
        limits = parse_limits(table) if model is None else parse_own_limits(table)
        self._known(model, "limits: model")
        self._check_limits(limits, "limits")
        with self._lock:
            now = self.clock.monotonic()
            if model is None:
                self.allowances = Allowances(limits, now, self._models)
            else:
                self.allowances = self.allowances.replaced(model, limits, now)

    def limits(self) -> Limits:
        """The limits, whether or not they are enforced."""
        return self.allowances.limits

    def set_time_scale(self, scale: float) -> None:
        """What every wait is multiplied by from now on: 0.1 is ten times as fast, 0 waits not.

        Raises:
            SettingError: it is no number, or negative.
        """
        self._time_scale = _scale(scale, "lab")

    def time_scale(self) -> float:
        """What every wait is multiplied by."""
        return self._time_scale

    def freeze_clock(self) -> None:
        """Stop the lab's clock; see `mock_llm.clock`."""
        self.clock.freeze()

    def advance_clock(self, seconds: float) -> None:
        """Move the lab's clock forward, whether or not it stands still.

        Raises:
            SettingError: seconds is no number, negative, or leads out of the calendar.
        """
        table = Table({"seconds": seconds}, "clock")
        step = table.number("seconds")
        if self.clock.ahead_s + step > MOST:
            ahead = f"{self.clock.ahead_s + step:,.0f} seconds ahead, more than 30 years"
            raise table.fail("seconds", f"the clock would be {ahead}; a reset sets it back")
        self.clock.advance(step)
        self.catch_up()

    def resume_clock(self) -> None:
        """Let the lab's clock run on from where it stands."""
        self.clock.resume()

    def catch_up(self) -> None:
        """Do what is due by the lab's clock, before anything is read or changed."""

    # What the engine uses.

    @property
    def has_queue(self) -> bool:
        """Whether the provider's capacity is bounded."""
        return self._queue is not None

    def pace(self, model: Model) -> Pace:
        """How fast a model is now."""
        pace = self._latency.of(model)
        if pace.creep:
            since = self._paced_since
            return pace.after(self.clock.monotonic() - since.get(model.id, since[None]))
        return pace

    def queue_up(self, service_s: float) -> tuple[float, float]:
        """Take a place at the provider; see `mock_llm.injected.load.Queue`. Real seconds.

        Raises:
            Refusal: the queue is full.
            Overdue: the provider would give the request up.
        """
        with self._lock:
            if self._queue is None:
                return 0.0, 1.0
            age = self.clock.monotonic() - self._loaded_since
            return self._queue.enter(time.monotonic(), service_s, age, self._time_scale)

    def _strike(self, seed: int, target: Target) -> Fault | None:
        """The fault that takes a request, if one does."""
        with self._lock:
            return self._faults.strike(seed, target, self.clock.monotonic())

    def _check(self, scenario: Scenario) -> None:
        """Raises SettingError if a fault or a limit is for a model that does not exist."""
        models = self._with_own(scenario)
        for fault in scenario.faults:
            where = f"scenario {scenario.name}: fault {fault.kind}: model"
            self._known(fault.model, where, models)
        self._check_limits(scenario.limits, f"scenario {scenario.name}: limits", models)

    def _with_own(self, scenario: Scenario) -> Mapping[str, Model]:
        """The server's models and the scenario's."""
        if not scenario.models:
            return self._servers_models
        where = f"scenario {scenario.name}: models"
        return with_own(self._servers_models, scenario.models, where)

    def _check_limits(
        self, limits: Limits, where: str, models: Mapping[str, Model] | None = None
    ) -> None:
        for model in limits.models:
            self._known(model, f"{where}: models", models)
        tiers = {model.tier for model in self._models.values()}
        for tier in limits.tiers:
            if tier not in tiers:
                known = ", ".join(sorted(tiers))
                raise SettingError(with_hint(f"{where}: tiers: {tier!r} is none of {known}"))

    def _known(
        self, model: str | None, where: str, models: Mapping[str, Model] | None = None
    ) -> None:
        served = self._models if models is None else models
        if model is not None and model not in served:
            known = ", ".join(sorted(served))
            raise SettingError(with_hint(f"{where}: {model!r} is none of {known}"))


def _scale(scale: float, where: str) -> float:
    return Table({"time_scale": scale}, where).number("time_scale")
