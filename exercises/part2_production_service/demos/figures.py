"""The lesson's figures. Units stand on the axes, and the title says what to see."""

from collections import Counter
from typing import Any

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

BLUE, ORANGE, GREY, RED = "#2f6db5", "#e08a1e", "#9aa3ad", "#b5382f"
COLOURS = {
    "fresh": BLUE,
    "cached": "#7fb0de",
    "degraded": ORANGE,
    "empty": "#5b6066",
    "gave up": "#6e1c17",
}


def _axes(title: str, *, height: float = 2.8, columns: int = 1, **more: Any) -> Any:
    figure, axes = plt.subplots(1, columns, figsize=(8, height), layout="constrained", **more)
    figure.suptitle(title, fontsize=11)
    for each in axes if columns > 1 else [axes]:
        each.spines[["top", "right"]].set_visible(False)
    return axes


def waiting(visits: list[Any], beats: list[tuple[float, float]]) -> None:
    """Who waits for whom: one bar a customer, and what the health page took meanwhile."""
    left, right = _axes("Five customers at once, a model that takes one second", columns=2)
    for row, each in enumerate(sorted(visits, key=lambda each: each.seconds)):
        left.barh(row, each.seconds, left=each.start_s, color=BLUE)
    left.set(xlabel="seconds", ylabel="customer", yticks=range(len(visits)), xlim=(0, None))
    left.set_yticklabels([str(row + 1) for row in range(len(visits))])
    right.plot([start for start, _ in beats], [took for _, took in beats], "o-", color=ORANGE)
    right.set(xlabel="seconds", ylabel="health page took (s)", ylim=(0, None), xlim=(0, None))
    plt.show()


def stampede(calls: int, customers: int, cost: str) -> None:
    """Calls paid for beside answers needed."""
    axes = _axes(f"{customers} customers, one question: {calls} calls to the model, {cost}")
    axes.barh(["answers needed", "calls paid for"], [1, calls], color=[GREY, RED])
    axes.set(xlabel="calls to the model", xticks=range(0, calls + 1, 5))
    plt.show()


def storm(outcomes: dict[str, list[Any]]) -> None:
    """What customers got and how long they waited, service by service."""
    left, right = _axes("The same bad minute for both services", columns=2, height=3.2)
    kinds = sorted({each.kind for visits in outcomes.values() for each in visits}, key=_order)
    below = dict.fromkeys(outcomes, 0)
    for kind in kinds:
        counts = [Counter(each.kind for each in visits)[kind] for visits in outcomes.values()]
        left.bar(
            list(outcomes),
            counts,
            bottom=[below[name] for name in outcomes],
            label=kind,
            color=COLOURS.get(kind, RED),
        )
        for name, count in zip(outcomes, counts, strict=True):
            below[name] += count
    left.set(ylabel="customers")
    left.legend(frameon=False, fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    for colour, (name, visits) in zip((RED, BLUE), outcomes.items(), strict=True):
        _cumulative(right, sorted(each.seconds for each in visits), name, colour)
    right.set(xlabel="seconds waited", ylabel="share of customers", ylim=(0, 1.02), xlim=(0, None))
    right.legend(frameon=False, fontsize=8, loc="lower right")
    plt.show()


def _order(kind: str) -> tuple[int, str]:
    return (list(COLOURS).index(kind) if kind in COLOURS else 9, kind)


def _cumulative(axes: Axes, seconds: list[float], name: str, colour: str) -> None:
    shares = [(rank + 1) / len(seconds) for rank in range(len(seconds))]
    axes.step(seconds, shares, where="post", label=name, color=colour)
