"""Answers to programming questions: a snippet that works, and ones with a bug that people write.

Products are dicts with name, category, price_cents, rating and quantity. Each snippet defines one
function, so that running it decides whether it is right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mock_llm.knowledge.slots import Limit, Slots

_TASKS: Mapping[str, tuple[str, str, tuple[tuple[str, str], ...]]] = {
    # task: function, body, bugs as (old, new)
    "total": (
        "cart_total(items)",
        'return sum(item["price_cents"] * item["quantity"] for item in items)',
        (
            (' * item["quantity"]', ""),
            ('item["price_cents"] * item["quantity"]', 'item["price_cents"] + item["quantity"]'),
            ("for item in items", "for item in items[1:]"),
        ),
    ),
    "cheapest": (
        "cheapest_product(products)",
        'matching = [p for p in products if p["category"] == "{category}"]\n'
        '    return min(matching, key=lambda p: p["price_cents"])["name"] if matching else None',
        (
            ("min(", "max("),
            (' if p["category"] == "{category}"', ""),
            (", key=lambda p: p[\"price_cents\"]", ", key=lambda p: p[\"name\"]"),
        ),
    ),
    "average": (
        "average_rating(products)",
        'ratings = [p["rating"] for p in products if p["category"] == "{category}"]\n'
        "    return sum(ratings) / len(ratings) if ratings else None",
        (
            ("/ len", "// len"),
            ("len(ratings) if", "(len(ratings) + 1) if"),
            (' if p["category"] == "{category}"', ""),
        ),
    ),
    "top": (
        "top_rated(products)",
        'matching = [p for p in products if p["category"] == "{category}"]\n'
        '    matching.sort(key=lambda p: p["rating"], reverse=True)\n'
        '    return [p["name"] for p in matching[:{number}]]',
        (
            (", reverse=True", ""),
            ("[:{number}]", "[:{number} - 1]"),
            ("[:{number}]", "[1:{number}]"),
        ),
    ),
    "discount": (
        "discounted(price_cents)",
        "return (price_cents * (100 - {number}) + 50) // 100",
        (
            (" + 50", ""),
            ("100 - {number}", "100 + {number}"),
            ("(price_cents * (100 - {number}) + 50) // 100", "price_cents - {number}"),
        ),
    ),
    "filter": (
        "filter_products(products)",
        'return [p["name"] for p in products if {condition}]',
        (),
    ),
}  # fmt: skip

_FLIPPED = {"<": "<=", "<=": "<", ">": ">=", ">=": ">", "=": ">="}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "!="}


def bugs(slots: Slots) -> int:
    """How many different wrong programs there are for a task."""
    if slots.task == "filter":
        return 2 + len(slots.categories)
    return len(_TASKS[slots.task or "filter"][2])


def program(slots: Slots, bug: int | None) -> dict[str, object]:
    """The function and its code; right if bug is None, else with the bug of that number."""
    signature, body, wrongs = _TASKS[slots.task or "filter"]
    if slots.task == "filter":
        body = body.replace("{condition}", _condition(slots, bug))
    elif bug is not None:
        old, new = wrongs[bug]
        body = body.replace(old, new)
    body = body.replace("{category}", slots.categories[0] if slots.categories else "")
    body = body.replace("{number}", str(slots.number))
    code = f"def {signature}:\n    {body}\n"
    return {"function": signature.partition("(")[0], "code": code}


def _condition(slots: Slots, bug: int | None) -> str:
    parts = [f'p["category"] == "{category}"' for category in slots.categories]
    if bug == 2:
        parts = []
    return " and ".join(parts + _bounds(slots.limits, bug))


def _bounds(limits: Sequence[Limit], bug: int | None) -> list[str]:
    found = []
    for number, limit in enumerate(limits):
        op: str = {"=": "=="}.get(limit.op, limit.op)
        if number == 0 and bug == 0:
            op = _FLIPPED[limit.op]
        elif number == 0 and bug == 1:
            op = _TURNED[limit.op]
        found.append(f'p["price_cents"] {op} {int(limit.value)}')
    return found
