"""Scenarios: how a provider behaves, as a YAML file.

description: A provider that fails one request in ten.
latency:
  default: {ttft_median_s: 0.3, ttft_p99_s: 1.0, per_token_median_s: 0.01}
faults:
  - {kind: unavailable, probability: 0.1, model: gpt-6.1-sol}
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_llm.faults import Fault, parse_fault
from mock_llm.latency import Latency, parse_latency
from mock_llm.yamlfile import SettingError, Table, read

FOLDER = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A provider's behaviour: its latency and its faults."""

    name: str
    description: str
    latency: Latency
    faults: Sequence[Fault]

    def to_dict(self) -> dict[str, Any]:
        """The scenario as its file writes it, with its name."""
        return {
            "name": self.name,
            "description": self.description,
            "latency": self.latency.to_dict(),
            "faults": [fault.to_dict() for fault in self.faults],
        }


def shipped() -> list[str]:
    """The names of the scenarios that come with mock_llm."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_scenario(source: str | Path | Mapping[str, object]) -> Scenario:
    """A scenario by its shipped name, from a YAML file or from plain data.

    Raises:
        SettingError: there is no such scenario, or naming the file, the key and what is wrong.
    """
    if isinstance(source, Mapping):
        return parse_scenario(Table.of(source, "scenario"), "custom")
    if isinstance(source, str) and source in shipped():
        path = FOLDER / f"{source}.yaml"
    else:
        path = Path(source)
        if not path.is_file():
            raise SettingError(
                f"scenario {str(source)!r}: neither a file nor one of {', '.join(shipped())}"
            )
    return parse_scenario(read(path), path.stem)


def parse_scenario(table: Table, name: str) -> Scenario:
    """The scenario in a table.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    scenario = Scenario(
        name=table.text("name", name),
        description=" ".join(table.text("description", "").split()),
        latency=parse_latency(table.table("latency")),
        faults=tuple(parse_fault(each) for each in table.tables("faults")),
    )
    table.only_known("name", "description", "latency", "faults")
    return scenario
