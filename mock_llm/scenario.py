"""Scenarios: how a provider behaves, as a YAML file. Every section may be left out.

description: A provider that fails one request in ten, and is slow at noon.
latency:                                    # mock_llm.injected.latency
  default: {ttft_median_s: 0.3, ttft_p99_s: 1.0, per_token_median_s: 0.01}
load: {capacity: 8, queue: 32}              # mock_llm.injected.load; left out: any capacity
faults:                                     # mock_llm.injected.faults, looked at in this order
  - {kind: unavailable, probability: 0.1, model: gpt-6.1-sol}
  - {kind: overloaded, from_s: 60, until_s: 90}
limits: {requests_per_minute: 60}           # mock_llm.injected.limits; left out: only shown
models: {gpt-4o: gpt-6.1-terra}             # mock_llm.model.own_models: names beside the known ones
answers: rules.yaml                         # mock_llm.scripted.rules: a file beside this, or rules
time_scale: 0.1                             # ten times as fast; left out: the server's

Times are seconds. Windows, creep and the neighbours' bursts count from the moment when the scenario
began in a lab, on the lab's clock. `time_scale` is what every wait (latency, queue, the pauses of
faults) is multiplied by: 0 waits for nothing. The lab's clock, and with it windows, limits and
Retry-After, is not scaled.

Precedence, strongest first: the request's own header or query (`mock_llm.injected.overrides`), what
an admin call set since the scenario began, the scenario, the defaults. What is stronger replaces
what is weaker, section by section, and is never merged with it; to begin a scenario ends everything
that admin calls set before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mock_llm.injected.faults import Fault, parse_fault
from mock_llm.injected.latency import Latency, parse_latency
from mock_llm.injected.limits import Limits, parse_limits
from mock_llm.injected.load import Load, parse_load
from mock_llm.model.own_models import OwnModels, parse_own_models
from mock_llm.yamlfile import SettingError, Table, nearest, read, with_hint

if TYPE_CHECKING:
    from mock_llm.scripted.rules import Rules

FOLDER = Path(__file__).parent / "scenarios"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A provider's behaviour. `time_scale` None leaves it to the server."""

    name: str
    description: str
    latency: Latency
    faults: Sequence[Fault]
    load: Load = field(default_factory=Load)
    limits: Limits = field(default_factory=Limits)
    time_scale: float | None = None
    answers: "Rules | None" = None
    models: OwnModels = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """The scenario as its file writes it, with its name."""
        return {
            "name": self.name,
            "description": self.description,
            "latency": self.latency.to_dict(),
            "load": self.load.to_dict(),
            "faults": [fault.to_dict() for fault in self.faults],
            "limits": self.limits.to_dict(),
            "time_scale": self.time_scale,
            "answers": self.answers.to_dict() if self.answers else None,
            "models": {name: model.to_dict() for name, model in self.models.items()},
        }


def shipped() -> list[str]:
    """The names of the scenarios that come with mock_llm."""
    return sorted(path.stem for path in FOLDER.glob("*.yaml"))


def load_scenario(source: str | Path | Mapping[str, object]) -> Scenario:
    """A scenario by its shipped name, from a YAML file or from plain data.

    Raises:
        SettingError: there is no such scenario, or naming the file, the key and what is wrong.
    """
    if not isinstance(source, str | Path):
        return parse_scenario(Table.of(source, "scenario"), "custom", Path())
    if isinstance(source, str) and source in shipped():
        path = FOLDER / f"{source}.yaml"
    else:
        path = Path(source)
        if not path.is_file():
            problem = f"scenario {str(source)!r}: neither a file nor one of {', '.join(shipped())}"
            raise SettingError(with_hint(problem, nearest(str(source), shipped())))
    return parse_scenario(read(path), path.stem, path.parent)


def parse_scenario(table: Table, name: str, folder: Path | None = None) -> Scenario:
    """The scenario in a table.

    Args:
        folder: where a file that it names is looked for; None refuses it: what came over HTTP may
            name none, or whoever sends it would read the server's files.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    scenario = Scenario(
        name=table.text("name", name),
        description=" ".join(table.text("description", "").split()),
        latency=parse_latency(table.table("latency")),
        faults=tuple(parse_fault(each) for each in table.tables("faults")),
        load=parse_load(table.table("load")),
        limits=parse_limits(table.table("limits")),
        time_scale=table.number("time_scale") if "time_scale" in table else None,
        answers=_answers(table, folder) if "answers" in table else None,
        models=parse_own_models(table.table("models")),
    )
    table.only_known(
        "name", "description", "latency", "load", "faults", "limits", "time_scale", "answers",
        "models",
    )  # fmt: skip
    return scenario


def _answers(table: Table, folder: Path | None) -> "Rules":
    from mock_llm.scripted.rules import load_rules, parse_rules

    given = table.text_or_table("answers")
    if isinstance(given, Table):
        return parse_rules(given)
    if folder is None:
        raise table.fail("answers", "names a file; give the rules themselves")
    path = folder / given
    if not path.is_file():
        raise table.fail("answers", f"there is no file {path}")
    return load_rules(path)
