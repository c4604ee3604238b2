"""Plausible wrong answers: another real product that misses one constraint, a price that is off,
a yes for a no, a sum that leaves something out."""

from __future__ import annotations

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import Product
from mock_llm.knowledge.programs import bugs, program
from mock_llm.knowledge.slots import Slots
from mock_llm.knowledge.truth import (
    Answer,
    Truth,
    about,
    bundled,
    compared,
    extremes,
    fields,
    listed,
    measured,
    misses,
    money,
    praised,
)


def wrong(slots: Slots, truth: Truth, draw: Draw) -> Answer:
    """A wrong answer in the form of a right one; another draw is wrong in another way."""
    match slots.intent:
        case "recommend" | "best":
            return _other_product(slots, truth, draw)
        case "count":
            answer = truth.right(slots, draw)
            count = len(truth.fitting(slots))
            guesses = [n for n in (count - 2, count - 1, count + 1, count + 2) if n >= 0]
            return answer | {"count": draw.choice("count", guesses)}
        case "bundle":
            return _over_budget(slots, truth, draw)
        case "compare":
            products = truth.products(slots)
            best = extremes(products, slots)
            others = [p for p in products if p not in best] or products
            return compared(slots, products, [draw.choice("winner", others)])
        case "total":
            return truth.totalled(slots, _off_total(slots, truth, draw))
        case "code":
            bug = draw.integer("bug", bugs(slots))
            return {**truth.right(slots, draw), **program(slots, bug)}
    product = truth.catalogue.by_id[slots.products[0]]
    return _about(slots, product, truth, draw)


def unrelated(slots: Slots, truth: Truth, draw: Draw) -> Answer:
    """A confident answer about something else: a product of another category if the question is
    for products, otherwise just a wrong answer."""
    if slots.intent not in ("recommend", "best"):
        return wrong(slots, truth, draw)
    others = [p for p in truth.catalogue.products if p.category not in slots.categories]
    return listed([draw.choice("unrelated", others)])


def _other_product(slots: Slots, truth: Truth, draw: Draw) -> Answer:
    fitting = truth.fitting(slots)
    shelf = truth.catalogue.by_category[slots.categories[0]]
    if slots.intent == "best":
        # Within the bounds but not at the end of the scale, or else outside one bound.
        near = [p for p in shelf if not misses(p, slots) and p not in fitting]
        near = near or [p for p in shelf if p not in fitting]
    else:
        near = [p for p in shelf if len(misses(p, slots)) == 1] or [
            p for p in shelf if misses(p, slots)
        ]
    misquote = fitting and draw.chance("misquote", 0.25)
    if not near or misquote:
        chosen = draw.choice("misquoted", fitting or shelf)
        right = truth.right(slots, draw, prefer=[chosen])
        return right | {"items": _off_first(right, draw), **money("price", _off(chosen, draw))}
    first = draw.choice("near", near)
    rest = [product for product in fitting if product != first][: slots.count - 1]
    return listed([first, *rest])


def _off_first(right: Answer, draw: Draw) -> list[object]:
    items = right["items"]
    assert isinstance(items, list)
    first = items[0]
    return [{**first, **money("price", _off_cents(first["price_cents"], draw))}, *items[1:]]


def _off(product: Product, draw: Draw) -> int:
    return _off_cents(product.price_cents, draw)


def _off_cents(cents: int, draw: Draw) -> int:
    """A price off by 10 to 30 percent, never the same."""
    share = draw.choice("off by", (-30, -20, -15, -10, 10, 15, 20, 30))
    return (
        cents + min(-100, cents * share // 100)
        if share < 0
        else cents + max(100, cents * share // 100)
    )


def _over_budget(slots: Slots, truth: Truth, draw: Draw) -> Answer:
    over = truth.bundles(slots, fitting=False)
    if over:
        budget = int(slots.limits[0].value)
        chosen = draw.choice("over budget", over)
        # Added up wrongly, so that it seems to fit.
        return bundled(chosen) | money("total", budget - 100 * (1 + draw.integer("short", 40)))
    right = truth.right(slots, draw)
    total = right.get("total_cents", 0)
    assert isinstance(total, int)
    return right | money("total", _off_cents(total, draw))


def _off_total(slots: Slots, truth: Truth, draw: Draw) -> int:
    right = truth.total(slots)
    products = truth.products(slots)
    once = sum(product.price_cents for product in products)
    left_out = right - draw.choice("left out", products).price_cents
    return draw.choice("total", [t for t in (once, left_out, right + 1000) if t != right])


def _about(slots: Slots, product: Product, truth: Truth, draw: Draw) -> Answer:
    right = about(product, slots)
    match slots.intent:
        case "price" | "about":
            return right | money("price", _off(product, draw))
        case "stock" | "has":
            flipped = not right["answer"]
            return right | {"answer": flipped, **({"in_stock": flipped} if slots.intent == "stock"
                                                  else _with_feature(slots, flipped))}  # fmt: skip
        case "spec":
            return right | _off_value(slots.attribute or "", product, truth, draw)
    if slots.attribute:
        return praised(product, slots, draw) | _off_value(slots.attribute, product, truth, draw)
    absent = [name for name, value in product.attributes.items() if value is False]
    if absent:
        return fields(product) | {"feature": draw.choice("praise", absent), "answer": True}
    return fields(product) | _off_value("rating", product, truth, draw)


def _with_feature(slots: Slots, flipped: bool) -> Answer:
    assert slots.attribute is not None
    return {} if "=" in slots.attribute else {slots.attribute: flipped}


def _off_value(attribute: str, product: Product, truth: Truth, draw: Draw) -> Answer:
    """Another product's value of the same category, or one beside the right one."""
    shelf = truth.catalogue.by_category[product.category]
    right = product.number(attribute)
    values = sorted({v for p in shelf if (v := p.number(attribute)) is not None} - {right})
    value = draw.choice("value", values) if values else (right or 0) + 1
    return {attribute: value, **measured(attribute, value)}


def check(slots: Slots, answer: Answer, truth: Truth) -> bool:
    """Whether an answer in structured form is right, computed from the catalogue."""
    by_name = {product.name: product for product in truth.catalogue.products}
    items = answer.get("items") or []
    assert isinstance(items, list)
    named = [by_name[item["product"]] for item in items]
    honest = all(item["price_cents"] == p.price_cents for item, p in zip(items, named, strict=True))
    match slots.intent:
        case "recommend" | "best":
            fitting = truth.fitting(slots)
            enough = len(set(named)) == min(slots.count, len(fitting))
            return honest and enough and all(product in fitting for product in named)
        case "count":
            return answer["count"] == len(truth.fitting(slots))
        case "bundle":
            total = sum(product.price_cents for product in named)
            found = bool(named) or not truth.bundles(slots)
            fits = not named or slots.limits[0].holds(total)
            return honest and found and fits and answer.get("total_cents", 0) == total
        case "compare":
            products = truth.products(slots)
            best = extremes(products, slots)
            winners = {p.name for p in best} if len(best) < len(products) else {None}
            return answer["winner"] in winners
        case "total":
            return answer["total_cents"] == truth.total(slots)
        case "code":
            return answer["code"] == program(slots, None)["code"]
    product = truth.catalogue.by_id[slots.products[0]]
    if answer["product"] != product.name or answer["price_cents"] != product.price_cents:
        return False
    if "feature" in answer:
        return answer["answer"] == product.has(str(answer["feature"]))
    if "attribute" in answer:
        return answer["value"] == product.number(str(answer["attribute"]))
    return slots.intent != "stock" or answer["answer"] == product.in_stock
