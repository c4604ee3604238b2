"""What was told to the whole room, and holds for the labs that are opened afterwards too.

A scenario ends what was set of latency and failures before, as it does in each lab; a reset of the
whole room ends everything. Who comes late to a scenario is as far in it as the room.
"""

from collections.abc import Mapping
from typing import NamedTuple

from mock_llm.dashboard.controls import CONTROLS
from mock_llm.lab import Lab
from mock_llm.labs import Labs
from mock_llm.scenario import load_scenario
from mock_llm.yamlfile import Table

_ENDED_BY_A_SCENARIO = ("scenario", "latency", "failures")


class _Order(NamedTuple):
    control: str
    given: Mapping[str, object]
    at: float


class Standing:
    """The orders to one room that are in force; every lab that is opened gets them."""

    def __init__(self, labs: Labs) -> None:
        self._clock = labs.nobodys.clock
        self._orders: tuple[_Order, ...] = ()
        labs.welcome = self.tell

    def note(self, control: str, given: Mapping[str, object]) -> None:
        """Add an order that was carried out in the labs that there are.

        Args:
            control: one of `CONTROLS`, with what it was `given`.
        """
        order = _Order(control, given, self._clock.monotonic())
        kept = [each for each in self._orders if not _ends(order, each)]
        self._orders = (*kept, order) if control != "reset" else ()

    def tell(self, lab: Lab) -> None:
        """Carry out in one lab what the room was told."""
        for order in self._orders:
            if order.control == "scenario":
                scenario = load_scenario(str(order.given["scenario"]))
                lab.join_scenario(scenario, self._clock.monotonic() - order.at)
            else:
                CONTROLS[order.control]([lab], Table(order.given, "the room"))


def _ends(order: _Order, earlier: _Order) -> bool:
    """Whether nothing is left of an earlier order."""
    if order.control == "scenario":
        return earlier.control in _ENDED_BY_A_SCENARIO
    same = order.control == earlier.control
    return same and order.given.get("kind") == earlier.given.get("kind")
