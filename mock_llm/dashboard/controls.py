"""What the page's buttons and sliders do to labs. All but `reset` leave the records alone."""

from collections.abc import Callable, Sequence
from typing import Any

from mock_llm.evidence.budgets import parse_budget
from mock_llm.injected.fault_kinds import KINDS
from mock_llm.injected.faults import Fault, make_fault
from mock_llm.lab import Lab
from mock_llm.scenario import load_scenario, shipped
from mock_llm.yamlfile import Table

Control = Callable[[Sequence[Lab], Table], None]

SLOWEST_S = 60.0


def choices() -> dict[str, Any]:
    """What there is to choose from."""
    scenarios = [load_scenario(name) for name in shipped()]
    return {
        "scenarios": [{"name": each.name, "description": each.description} for each in scenarios],
        "faults": [{"kind": name, "says": kind.says} for name, kind in KINDS.items()],
    }


def play(labs: Sequence[Lab], table: Table) -> None:
    """Play a shipped scenario: {"scenario": name}."""
    name = table.text("scenario")
    table.only_known()
    if name not in shipped():
        raise table.fail("scenario", f"{name!r} is none of {', '.join(shipped())}")
    plain = load_scenario(name).to_dict()
    for lab in labs:
        lab.set_scenario(plain)


def slow_down(labs: Sequence[Lab], table: Table) -> None:
    """Replace everybody's latency: {"ttft_median_s", "per_token_median_s"}, in seconds.

    One reply in a hundred takes three times as long or longer.
    """
    medians = {
        key: table.number(key, 0.0, most=SLOWEST_S)
        for key in ("ttft_median_s", "per_token_median_s")
    }
    table.only_known()
    p99s = {key.replace("median", "p99"): 3 * value for key, value in medians.items()}
    for lab in labs:
        lab.set_pace(Table({**medians, **p99s}, "latency"), None)


def fail(labs: Sequence[Lab], table: Table) -> None:
    """Let requests fail: {"kind": a fault's, "probability": between 0 and 1}.

    Replaces what an earlier such call set for the kind; 0 ends it. Other faults stay, but where
    one is replaced their counters begin anew.
    """
    kind, probability = table.text("kind"), table.number("probability", most=1.0)
    table.only_known()
    fault = make_fault(kind, {"probability": probability})
    for lab in labs:
        faults = lab.faults()
        others = [each for each in faults if not _is_ours(each, kind)]
        if len(others) < len(faults):
            lab.replace_faults([*others, fault] if probability else others)
        elif probability:
            lab.add(fault)


def set_budget(labs: Sequence[Lab], table: Table) -> None:
    """Replace all budgets by one for the whole lab: {"dollars", "per": "total" or "day"}; by none
    without dollars."""
    budgets = [parse_budget(table)] if "dollars" in table else []
    for lab in labs:
        lab.replace_budgets(budgets)


def reset(labs: Sequence[Lab], table: Table) -> None:
    """Empty journal and ledger, and go back to the server's scenario."""
    table.only_known()
    for lab in labs:
        lab.reset()


CONTROLS: dict[str, Control] = {
    "scenario": play,
    "latency": slow_down,
    "failures": fail,
    "budget": set_budget,
    "reset": reset,
}


def _is_ours(fault: Fault, kind: str) -> bool:
    return fault.to_dict().keys() == {"kind", "probability"} and fault.kind == kind
