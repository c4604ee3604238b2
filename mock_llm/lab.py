"""A lab: everything that can be set, counted or broken for one API key."""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_llm.agenda import Agenda
from mock_llm.behaviour import Behaviour
from mock_llm.clock import Clock, LabClock
from mock_llm.draws import Draw
from mock_llm.evidence.budgets import Budget, parse_budgets
from mock_llm.evidence.journal import KEPT_ENTRIES, Entry, Room
from mock_llm.evidence.ledger import KEPT_LINES, Ledger
from mock_llm.evidence.prices import PriceList
from mock_llm.evidence.records import Records
from mock_llm.evidence.verdict import Verdict, judge
from mock_llm.evidence.visit import Visit
from mock_llm.injected.fault_scope import Target
from mock_llm.injected.faults import Fault
from mock_llm.injected.latency import Latency
from mock_llm.injected.overrides import Overrides
from mock_llm.kept import Kept
from mock_llm.model.models import Model
from mock_llm.model.own_models import OwnModels, priced
from mock_llm.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    from mock_llm.evidence.disk import DiskJournal
    from mock_llm.scripted.replay import Recording, Tape
    from mock_llm.scripted.rule_match import Asked
    from mock_llm.scripted.rule_replies import Told
    from mock_llm.scripted.rules import Rulebook, Rules

# After so many different contents the oldest are forgotten, and would count from one again.
REMEMBERED_CONTENTS = 50_000
REMEMBERED_REQUESTS = 2_048
REMEMBERED_PRICES = 10_000


class Lab(Behaviour):
    """The lab of one API key. Safe to use from any thread.

    Args:
        api_key: the bearer key that leads here.
        scenario: how this lab behaves until told otherwise.
        models: those that exist, by id; a fault for another is refused.
        prices: what its requests cost.
        seed: another seed gives other answers, latencies and failures.
        clock: where its clock gets its time from, see `mock_llm.clock`; waits are always real.
        time_scale: what every wait is multiplied by where the scenario does not say; 0 waits for
            nothing.
        answers: rules that speak where the scenario has none.
        recording: replies that are given as they were recorded, before anything else is.
        admin_token: what a request has to bring that overrides something, if the server has one.
    """

    def __init__(
        self,
        api_key: str,
        *,
        scenario: Scenario,
        models: Mapping[str, Model],
        prices: PriceList,
        seed: int = 0,
        clock: Clock | None = None,
        time_scale: float = 1.0,
        kept_entries: int = KEPT_ENTRIES,
        kept_lines: int = KEPT_LINES,
        room: Room | None = None,
        kept_room: Room | None = None,
        disk: "DiskJournal | None" = None,
        answers: "Rules | None" = None,
        recording: "Recording | None" = None,
        admin_token: str | None = None,
    ) -> None:
        self.api_key = api_key
        self.admin_token = admin_token
        self.seed = seed
        super().__init__(LabClock(clock), models, time_scale)
        self._prices = prices
        opened = self.clock.monotonic()
        self._new_records = partial(
            Records,
            api_key,
            opened=opened,
            clock=self.clock,
            prices=prices,
            room=room or Room(),
            leave=self._leave,
            disk=disk,
            kept_entries=kept_entries,
            kept_lines=kept_lines,
        )
        self._kept_room = kept_room
        self.kept = Kept(kept_room)
        self.requests_read: dict[bytes, Any] = {}
        self._looked_at: Latency | None = None
        self._is_instant = False
        self._servers_scenario = scenario
        self._servers_answers = answers
        self._book: Rulebook | None = None
        self._recording = recording
        self.tape: Tape | None = None
        self._sequence = 0
        self._underway = 0
        self._start_over()

    def _start_over(self) -> None:
        self.records = self._new_records()
        self._seen: dict[str, int] = {}
        self.kept.clear()
        self.kept = Kept(self._kept_room)
        self.clock.restore()
        self.agenda = Agenda(self.clock)
        if self._recording is not None:
            from mock_llm.scripted.replay import Tape

            self.tape = Tape(self._recording)
        self._play(self._servers_scenario)

    def _play(self, scenario: Scenario, age_s: float = 0.0) -> None:
        self._scenario = scenario
        self._behave(scenario, age_s)
        self._served: dict[str, Mapping[str, Model]] = {}
        self.requests_read.clear()  # a name may lead to another model now
        self.records.prices = self._priced(scenario.models)
        self._speak_by(scenario.answers or self._servers_answers)

    def _priced(self, own: OwnModels) -> PriceList:
        """The prices with those of a scenario's models; what scenarios before it brought is still
        priced, since requests may be under way."""
        known = self.records.prices
        return priced(known if len(known) < REMEMBERED_PRICES else self._prices, own)

    def _speak_by(self, rules: "Rules | None") -> None:
        if rules is None:
            self._book = None
            return
        from mock_llm.scripted.rules import Rulebook

        self._book = Rulebook(rules)

    # What tests, lessons and the admin interface use.

    def catch_up(self) -> None:
        """Do what is due by the lab's clock; see `mock_llm.agenda`."""
        self.agenda.catch_up()

    def journal(self) -> list[Entry]:
        """The requests so far, in order of arrival; those under way are not in it yet."""
        self.catch_up()
        return self.records.entries()

    def ledger(self) -> Ledger:
        """What the requests so far cost."""
        self.catch_up()
        return self.records.ledger()

    def verdict(self) -> Verdict:
        """What the clients did well and badly, by the journal; see `mock_llm.evidence.verdict`."""
        return judge(self.journal())

    def set_budgets(self, budgets: Sequence[Mapping[str, object]]) -> None:
        """Replace all budgets; what was spent before counts. See `mock_llm.evidence.budgets`.

        Args:
            budgets: each with `dollars`, and what it is for: `per` ("total" or "day"), `model`,
                `user`, `feature`, `key`. An empty list ends all budgets.

        Raises:
            SettingError: naming the budget, the key and what is wrong; then nothing changes.
        """
        self.replace_budgets(parse_budgets(budgets))

    def replace_budgets(self, budgets: Sequence[Budget]) -> None:
        """The same as `set_budgets`, from budgets that are at hand."""
        self.catch_up()
        self.records.set_budgets(budgets)

    def budgets(self) -> list[tuple[Budget, int]]:
        """The budgets, each with what it leaves today in nano-dollars (below 0: overspent)."""
        self.catch_up()
        return self.records.left()

    def set_answers(self, answers: "str | Path | Mapping[str, object] | Rules | None") -> None:
        """Let rules speak instead of the knowledge pack; None ends them.

        See `mock_llm.scripted.rules`.

        Args:
            answers: a YAML file, plain data, or rules that are at hand.

        Raises:
            SettingError: naming the file, the key and what is wrong with it.
        """
        from mock_llm.scripted.rules import Rules, load_rules

        known = answers is None or isinstance(answers, Rules)
        rules = answers if known else load_rules(answers)  # type: ignore[arg-type]
        self.catch_up()
        with self._lock:
            self._speak_by(rules)  # type: ignore[arg-type]

    def answers(self) -> "Rules | None":
        """The rules in force; None if there are none."""
        return self._book.rules if self._book else None

    def scenario(self) -> Scenario:
        """The scenario that was set last; what was set since is not in it."""
        return self._scenario

    def set_scenario(self, scenario: str | Path | Mapping[str, object]) -> None:
        """Begin a scenario: a shipped name, a file, plain data. What was set before ends.

        Raises:
            SettingError: naming the file, the key and what is wrong with it.
        """
        self.join_scenario(load_scenario(scenario), 0.0)

    def join_scenario(self, scenario: Scenario, age_s: float) -> None:
        """Begin a scenario where it is so many seconds after its beginning.

        Raises:
            SettingError: a model or a tier in it does not exist.
        """
        self._check(scenario)
        self.catch_up()
        with self._lock:
            self._play(scenario, age_s)

    def reset(self) -> None:
        """Empty journal and ledger, forget what was asked, go back to the server's scenario, time
        scale and clock."""
        self.agenda.end()
        with self._lock:
            self.records.forget()
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

    def arrive(self, endpoint: str, key: str = "") -> Visit:
        """Note that a request came, with an API key as it may be shown."""
        with self._lock:
            self._sequence += 1
            visit = Visit(self.records, endpoint, self._sequence, key)
            self._underway += 1
        return visit

    @property
    def is_plain(self) -> bool:
        """Whether nothing is injected and nothing limited: every request is answered at once."""
        if self._latency is not self._looked_at:
            self._looked_at, self._is_instant = self._latency, self._latency.instant
        return self._is_instant and self.is_undisturbed

    @property
    def is_undisturbed(self) -> bool:
        """Whether nothing is injected but latency, and nothing limited."""
        return (
            not self._faults
            and self._queue is None
            and not self.allowances.enforced
            and not self.records.has_budgets
            and not self.has_rules
            and self.tape is None
        )

    def models_of(self, owner: str) -> Mapping[str, Model]:
        """The models of a provider, by id: the server's, and those of the scenario."""
        served = self._served  # of one moment: another scenario begins another
        models = served.get(owner)
        if models is None:
            models = {id: model for id, model in self._models.items() if model.owner == owner}
            served[owner] = models
        return models

    @property
    def has_rules(self) -> bool:
        """Whether rules of its own may answer."""
        return self._book is not None

    def tell(self, asked: "Asked") -> "Told | None":
        """What the rules let the model say; None leaves it to what the model knows.

        Raises:
            Refusal: a rule answers with an error, or no rule fits and none else may answer.
        """
        with self._lock:
            return self._book.tell(asked) if self._book else None

    def count(self, content: str) -> int:
        """How often a content came, this time included."""
        with self._lock:
            occurrence = self._seen.get(content, 0) + 1
            self._seen[content] = occurrence
            if len(self._seen) > REMEMBERED_CONTENTS:
                self._seen.pop(next(iter(self._seen)))
            return occurrence

    def remember_read(self, body: bytes, read: object) -> None:
        """Keep what a wire module made of a request's body, for the next time that it comes."""
        if len(self.requests_read) >= REMEMBERED_REQUESTS:
            self.requests_read.pop(next(iter(self.requests_read)))
        self.requests_read[body] = read

    def admit(
        self, target: Callable[[int], Target], content: str, overrides: Overrides | None = None
    ) -> tuple[int, Fault | None]:
        """Count a request's content, and decide whether a fault takes the request.

        Returns:
            how often the content came, this time included, and the fault.

        Raises:
            Refusal: the request asks for a fault that it cannot have.
        """
        own = overrides is not None and (overrides.no_fault or overrides.fault is not None)
        fault = overrides.fault_for(target(1)) if own and overrides is not None else None
        occurrence = self.count(content)
        if own or not self._faults:
            return occurrence, fault
        return occurrence, self._strike(self.seed, target(occurrence))

    def draw(self, *parts: str) -> Draw:
        """Draws of this lab about a subject."""
        return Draw(self.seed, *parts)

    def _leave(self) -> None:
        with self._lock:
            self._underway -= 1
