"""Draws questions worth asking: each has a right answer, and a wrong one that looks like it."""

from __future__ import annotations

from dataclasses import replace

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import Catalogue, Product
from mock_llm.knowledge.slots import End, Intent, Limit, Op, Slots
from mock_llm.knowledge.truth import fits
from mock_llm.knowledge.vocabulary import MEASURES, TONES

_INTENTS: dict[str, tuple[Intent, ...]] = {
    "factual": ("recommend", "recommend", "recommend", "price", "has", "spec", "stock", "about"),
    "reasoning": ("recommend", "best", "count", "bundle", "compare", "total"),
    "creative": ("slogan", "description"),
    "code": ("code",),
}
_TASKS = ("filter", "filter", "filter", "total", "cheapest", "average", "top", "discount")
_OPS: tuple[Op, ...] = ("<", "<", "<", "<=", ">", ">=")


def sample(kind: str, catalogue: Catalogue, draw: Draw) -> Slots:
    """Slots of the given kind. Recommendations may come out as the neighbouring kind."""
    intent = draw.choice("intent", _INTENTS[kind])
    category = draw.choice("category", list(catalogue.by_category))
    product = draw.choice("product", catalogue.products)
    match intent:
        case "recommend":
            return _recommend(category, catalogue, draw, 1 if kind == "factual" else 3)
        case "best":
            return _best(category, catalogue, draw)
        case "count":
            features, limits = _constraints(category, catalogue, draw, 1 + draw.integer("more", 2))
            return Slots("count", (category,), features=features, limits=limits)
        case "bundle":
            return _bundle(catalogue, draw)
        case "has":
            names = (*catalogue.features[product.category], f"colour={product.colour}")
            return Slots("has", products=(product.id,), attribute=draw.choice("feature", names))
        case "spec":
            return Slots("spec", products=(product.id,), attribute=_number(product, draw))
        case "compare":
            return _compare(category, catalogue, draw)
        case "total":
            return _total(catalogue, draw)
        case "slogan" | "description":
            mention = _number(product, draw) if draw.uniform("mention") < 0.5 else None
            return Slots(
                intent, products=(product.id,), task=draw.choice("tone", TONES), attribute=mention
            )
        case "code":
            return _code(category, catalogue, draw)
        case _:
            return Slots(intent, products=(product.id,))


def _number(product: Product, draw: Draw) -> str:
    numbers = [key for key in product.attributes if product.number(key) is not None]
    return draw.choice("number", [*numbers, "rating", "warranty_years"])


def _recommend(category: str, catalogue: Catalogue, draw: Draw, least: int) -> Slots:
    wanted = least + draw.integer("constraints", 2)
    features, limits = _constraints(category, catalogue, draw, wanted)
    slots = Slots("recommend", (category,), features=features, limits=limits)
    if least == 1:
        return slots
    fitting = sum(fits(product, slots) for product in catalogue.by_category[category])
    return replace(slots, count=1 + draw.integer("count", min(fitting, 3)))


def _constraints(
    category: str, catalogue: Catalogue, draw: Draw, wanted: int
) -> tuple[tuple[tuple[str, bool], ...], tuple[Limit, ...]]:
    """Constraints around a product that is there, so that at least one fits."""
    centre = draw.choice("centre", catalogue.by_category[category])
    features: dict[str, bool] = {}
    limits: dict[str, tuple[Limit, ...]] = {}
    numbers = [key for key in centre.attributes if centre.number(key) is not None]
    options = ["price_cents", "price_cents", *catalogue.features[category], *numbers]
    options += ["rating", f"colour={centre.colour}", f"brand={centre.brand}"]
    attempt = 0
    while len(features) + len(limits) < wanted:
        name = draw.choice(f"constraint {attempt}", options)
        attempt += 1
        value = centre.number(name)
        if value is not None:
            limits[name] = _around(name, value, draw)
        else:
            features[name] = centre.has(name)
    return tuple(sorted(features.items())), tuple(sorted(sum(limits.values(), ())))


def _around(attribute: str, value: float, draw: Draw) -> tuple[Limit, ...]:
    step = _step(attribute, value)
    low, high = value // step * step, (value // step + 1) * step
    if attribute in ("price_cents", "weight_g") and low and draw.uniform(attribute) < 0.2:
        return Limit(attribute, ">=", low), Limit(attribute, "<=", high)
    op = draw.choice(f"op {attribute}", _OPS)
    if attribute == "rating":
        op = ">="
    bound = {"<": high, "<=": high, ">": low - step, ">=": low}[op]
    if bound <= 0:
        op, bound = "<", high
    return (Limit(attribute, op, round(bound, 3)),)


def _step(attribute: str, value: float) -> float:
    """A round number's distance: people say $100 and 1.5 kg."""
    if attribute == "rating":
        return 0.5
    if attribute == "warranty_years" or attribute in ("sleeps", "gears", "cups"):
        return 1
    if attribute == "weight_g":
        return 100 if value < 2000 else 500 if value < 10000 else 1000
    if attribute == "price_cents":
        return 1000 if value < 10000 else 5000 if value < 50000 else 10000
    return 1 if value < 30 else 10 if value < 300 else 100


def _best(category: str, catalogue: Catalogue, draw: Draw) -> Slots:
    numbers = ("price_cents", "price_cents", "rating", *catalogue.numbers[category])
    targets: list[tuple[str, End]] = [(name, "max") for name in numbers if MEASURES[name].most]
    targets += [(name, "min") for name in numbers if MEASURES[name].least]
    target = draw.choice("target", targets)
    features, limits = _constraints(category, catalogue, draw, draw.integer("constraints", 3))
    limits = tuple(limit for limit in limits if limit.attribute != target[0])
    return Slots("best", (category,), features=features, limits=limits, target=target)


def _bundle(catalogue: Catalogue, draw: Draw) -> Slots:
    names = list(catalogue.by_category)
    size = 2 + draw.integer("size", 2)
    first = draw.integer("first", len(names))
    step = 1 + draw.integer("step", 4)
    categories = sorted({names[(first + i * step) % len(names)] for i in range(size)})
    least = sum(min(p.price_cents for p in catalogue.by_category[c]) for c in categories)
    budget = round(least * (1.3 + draw.uniform("budget")), -3)
    limit = Limit("price_cents", draw.choice("op", ("<", "<=")), budget)
    return Slots("bundle", tuple(categories), limits=(limit,))


def _compare(category: str, catalogue: Catalogue, draw: Draw) -> Slots:
    products = list(catalogue.by_category[category])
    numbers = ("price_cents", "rating", *catalogue.numbers[category])
    targets: list[tuple[str, End]] = [(name, "max") for name in numbers if MEASURES[name].more]
    targets += [(name, "min") for name in numbers if MEASURES[name].less]
    target = draw.choice("target", targets)
    able = [product for product in products if product.number(target[0]) is not None]
    size = 2 if draw.uniform("three") < 0.8 else 3
    shuffled = sorted(able, key=lambda product: draw.uniform(product.id))
    ids = sorted(product.id for product in shuffled[:size])
    return Slots("compare", products=tuple(ids), target=target)


def _total(catalogue: Catalogue, draw: Draw) -> Slots:
    size = 2 + draw.integer("size", 3)
    first = draw.integer("first", len(catalogue.products))
    step = 7 + draw.integer("step", 40)
    products = [
        catalogue.products[(first + i * step) % len(catalogue.products)] for i in range(size)
    ]
    quantities = tuple(1 + draw.integer(f"quantity {i}", 3) for i in range(size))
    return Slots("total", products=tuple(p.id for p in products), quantities=quantities)


def _code(category: str, catalogue: Catalogue, draw: Draw) -> Slots:
    task = draw.choice("task", _TASKS)
    if task == "total":
        return Slots("code", task=task)
    if task == "discount":
        return Slots("code", task=task, number=5 * (1 + draw.integer("percent", 12)))
    if task == "top":
        return Slots("code", (category,), task=task, number=2 + draw.integer("n", 5))
    if task != "filter":
        return Slots("code", (category,), task=task)
    centre = draw.choice("centre", catalogue.by_category[category])
    limits = _around("price_cents", float(centre.price_cents), draw)
    return Slots("code", (category,), limits=tuple(sorted(limits)), task=task)
