"""What can be done with a lab, in this process or on a running server."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Unpack

from mock_llm.evidence.budgets import Budget
from mock_llm.evidence.journal import Entry
from mock_llm.evidence.ledger import Ledger
from mock_llm.evidence.verdict import Verdict
from mock_llm.injected.faults import Fault
from mock_llm.injected.latency import Latency, Times
from mock_llm.injected.limits import Limits
from mock_llm.injected.load import BurstTimes, Load
from mock_llm.scenario import Scenario

if TYPE_CHECKING:
    from mock_llm.scripted.rules import Rules


class LabControl(Protocol):
    """The interface that `Lab` and `RemoteLab` share; `mock_llm.Lab` documents its methods."""

    api_key: str

    def journal(self) -> list[Entry]: ...
    def ledger(self) -> Ledger: ...
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
    ) -> Fault: ...
    def faults(self) -> list[Fault]: ...
    def clear_faults(self) -> None: ...
    def set_latency(self, **times: Unpack[Times]) -> None: ...
    def latency(self) -> Latency: ...
    def set_load(
        self,
        *,
        capacity: int | None = None,
        queue: int | None = None,
        slowdown: float | None = None,
        timeout_s: float | None = None,
        neighbours: Sequence[BurstTimes] | None = None,
    ) -> None: ...
    def load(self) -> Load: ...
    def set_limits(
        self,
        *,
        requests_per_minute: int | None = None,
        tokens_per_minute: int | None = None,
        concurrent: int | None = None,
        batch_queue_tokens: int | None = None,
        neighbours: Sequence[BurstTimes] | None = None,
        model: str | None = None,
    ) -> None: ...
    def limits(self) -> Limits: ...
    def verdict(self) -> Verdict: ...
    def set_budgets(self, budgets: Sequence[Mapping[str, object]]) -> None: ...
    def budgets(self) -> list[tuple[Budget, int]]: ...
    def set_time_scale(self, scale: float) -> None: ...
    def time_scale(self) -> float: ...
    def freeze_clock(self) -> None: ...
    def advance_clock(self, seconds: float) -> None: ...
    def resume_clock(self) -> None: ...
    def set_answers(self, answers: "str | Path | Mapping[str, object] | Rules | None") -> None: ...
    def answers(self) -> "Rules | None": ...
    def scenario(self) -> Scenario: ...
    def set_scenario(self, scenario: str | Path | Mapping[str, object]) -> None: ...
    def reset(self) -> None: ...
    def wait_until_idle(self, timeout_s: float = 5.0) -> bool: ...
