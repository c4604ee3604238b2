"""What can be done with a lab, in this process or on a running server."""

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from mock_llm.faults import Fault
from mock_llm.journal import Entry
from mock_llm.latency import Latency
from mock_llm.ledger import Ledger
from mock_llm.scenario import Scenario


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
        **settings: float | None,
    ) -> Fault: ...
    def faults(self) -> list[Fault]: ...
    def clear_faults(self) -> None: ...
    def set_latency(
        self,
        *,
        ttft_median_s: float = 0.0,
        ttft_p99_s: float | None = None,
        per_token_median_s: float = 0.0,
        per_token_p99_s: float | None = None,
        model: str | None = None,
    ) -> None: ...
    def latency(self) -> Latency: ...
    def scenario(self) -> Scenario: ...
    def set_scenario(self, scenario: str | Path | Mapping[str, object]) -> None: ...
    def reset(self) -> None: ...
    def wait_until_idle(self, timeout_s: float = 5.0) -> bool: ...
