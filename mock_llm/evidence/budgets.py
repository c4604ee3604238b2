"""Budgets: when one is spent, requests in its scope get the provider's `insufficient_quota`.

A request is turned away once what its scope has spent reaches the limit, so the last one admitted
may go past it by its own cost, as with a provider. Its full cost is set aside the moment that the
model has run, before anything is sent: neither requests side by side, nor another key of the same
lab, nor a client that leaves gets around it. What a cancelled call did not use is given back.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from mock_llm.evidence.ledger import Ledger, Line
from mock_llm.refusals import Refusal
from mock_llm.yamlfile import SettingError, Table

if TYPE_CHECKING:
    from mock_llm.evidence.visit import Visit

NANODOLLARS = 1_000_000_000
_SCOPES = ("model", "user", "feature", "key")


@dataclass(frozen=True, slots=True)
class Budget:
    """So much may be spent, in nano-dollars, in all or on each day of the lab's clock (UTC).

    Requests count that match everything given of model, user, feature and key (as the ledger
    writes it).
    """

    limit_nanodollars: int
    per: Literal["total", "day"] = "total"
    model: str | None = None
    user: str | None = None
    feature: str | None = None
    key: str | None = None

    def covers(self, spender: "Line | Visit") -> bool:
        """Whether a request counts against this budget."""
        return all(
            wanted is None or wanted == (getattr(spender, scope) or "")
            for scope in _SCOPES
            if (wanted := getattr(self, scope)) is not None
        )

    def to_dict(self) -> dict[str, Any]:
        """As `parse_budget` reads it, without what was left out."""
        given = {name: value for name, value in asdict(self).items() if value is not None}
        return {"dollars": given.pop("limit_nanodollars") / NANODOLLARS, **given}


class Budgets:
    """The budgets of a lab, with what was spent. The caller holds the records' lock."""

    def __init__(self, budgets: Sequence[Budget] = (), spent: Ledger | None = None) -> None:
        self._spent: list[tuple[Budget, dict[str, int]]] = [(each, {}) for each in budgets]
        for line in spent.lines if spent else ():
            self._add(line, line.cost_nanodollars)

    def __bool__(self) -> bool:
        return bool(self._spent)

    def list(self) -> list[Budget]:
        return [budget for budget, _ in self._spent]

    def left(self, day: str) -> Iterable[tuple[Budget, int]]:
        """What each budget leaves on a day, in nano-dollars; less than 0 is overspent."""
        for budget, spent in self._spent:
            yield budget, budget.limit_nanodollars - spent.get(_period(budget, day), 0)

    def exhausted(self, visit: "Visit") -> Budget | None:
        """The first budget that leaves nothing for a request."""
        for budget, spent in self._spent:
            used = spent.get(_period(budget, visit.day), 0)
            if used >= budget.limit_nanodollars and budget.covers(visit):
                return budget
        return None

    def set_aside(self, visit: "Visit", nanodollars: int) -> None:
        """Count a request at so much, which its closing corrects."""
        visit.set_aside = nanodollars
        self._add(visit, nanodollars)

    def settle(self, visit: "Visit") -> None:
        """Count a closed request at what it cost in the end."""
        self._add(visit, visit.cost_nanodollars - visit.set_aside)

    def correct(self, visit: "Visit", nanodollars: int) -> None:
        """Count a request that was settled at so much more, or, below 0, at so much less."""
        self._add(visit, nanodollars)

    def _add(self, spender: "Line | Visit", nanodollars: int) -> None:
        for budget, spent in self._spent:
            if budget.covers(spender):
                period = _period(budget, spender.day)
                spent[period] = spent.get(period, 0) + nanodollars


def _period(budget: Budget, day: str) -> str:
    return day if budget.per == "day" else ""


def out_of_money(budget: Budget) -> Refusal:
    """What a request gets whose budget is spent: the provider's words, and which budget it was."""
    scope = ", ".join(
        f"{name} {value}" for name in _SCOPES if (value := getattr(budget, name)) is not None
    )
    spent = f"${budget.limit_nanodollars / NANODOLLARS:g}"
    return Refusal(
        "quota_exhausted",
        "You exceeded your current quota, please check your plan and billing details. "
        f"(The budget of {spent}{' a day' if budget.per == 'day' else ''} "
        f"for {scope or 'this lab'} is spent.)",
    )


def parse_budgets(budgets: object) -> list[Budget]:
    """The budgets in a list of tables.

    Raises:
        SettingError: naming the budget, the key and what is wrong with it.
    """
    if not isinstance(budgets, Sequence) or isinstance(budgets, str):
        raise SettingError(f"budgets: expected a list, got {budgets!r}")
    return [
        parse_budget(Table.of(each, f"budgets[{number}]")) for number, each in enumerate(budgets, 1)
    ]


def parse_budget(table: Table) -> Budget:
    """The budget in a table: `dollars`, `per` ("total" or "day"), and its scope.

    Raises:
        SettingError: naming the key and what is wrong with it.
    """
    dollars = table.number("dollars")
    per = table.text("per", "total")
    if per not in ("total", "day"):
        raise table.fail("per", f"{per!r} is neither total nor day")
    scope = {name: table.text(name) for name in _SCOPES if name in table}
    table.only_known()
    return Budget(round(dollars * NANODOLLARS), per, **scope)  # type: ignore[arg-type]  # checked
