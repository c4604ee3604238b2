"""What is true in the shop: right and wrong answers to a question, and which of them is which."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import product as combinations

from mock_llm.draws import Draw
from mock_llm.knowledge.catalogue import Catalogue, Product
from mock_llm.knowledge.programs import program
from mock_llm.knowledge.slots import Limit, Slots
from mock_llm.knowledge.vocabulary import MEASURES, spoken

Answer = dict[str, object]


class Truth:
    """Answers for one catalogue.

    An answer is plain data. Every answer about a product has the product's own fields (product,
    brand, category, price in dollars, price_cents, currency, rating, in_stock, …); beside them
    stand what was asked for: value, answer, count, total, winner, items, slogan, code.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.fitting = lru_cache(maxsize=4096)(self._fitting)
        self._offered = lru_cache(maxsize=4096)(self._to_offer)

    def _fitting(self, slots: Slots) -> tuple[Product, ...]:
        """The products that answer recommend, best or count, best rated first."""
        products = [
            product
            for product in self.catalogue.by_category[slots.categories[0]]
            if fits(product, slots)
        ]
        if slots.target and slots.intent == "best":
            return extremes(products, slots)
        return tuple(sorted(products, key=lambda p: (not p.in_stock, -p.rating)))

    def products(self, slots: Slots) -> list[Product]:
        return [self.catalogue.by_id[product] for product in slots.products]

    def right(self, slots: Slots, draw: Draw, prefer: Sequence[Product] = ()) -> Answer:
        """A right answer; where several products are right, those to prefer come first."""
        match slots.intent:
            case "recommend":
                return self._recommended(slots, draw, prefer)
            case "best":
                fitting = self.fitting(slots)
                return listed(fitting[:1])
            case "count":
                fitting = self.fitting(slots)
                names = [product.name for product in fitting]
                return {"category": slots.categories[0], "count": len(fitting), "products": names}
            case "bundle":
                return self._bundle(slots, draw)
            case "compare":
                products = self.products(slots)
                best = extremes(products, slots)
                return compared(slots, products, best if len(best) < len(products) else ())
            case "total":
                return self.totalled(slots, self.total(slots))
            case "code":
                return {**program(slots, None), "language": "python", "category": _category(slots)}
        product = self.catalogue.by_id[slots.products[0]]
        if slots.intent in ("slogan", "description"):
            return praised(product, slots, draw)
        return about(product, slots)

    def _recommended(self, slots: Slots, draw: Draw, prefer: Sequence[Product]) -> Answer:
        options = self._offered(slots)
        if prefer:
            options = tuple(p for p in self.fitting(slots) if p in prefer) or options
        start = draw.integer("which", len(options)) if options else 0
        chosen = (options[start:] + options[:start])[: slots.count]
        return listed(chosen)

    def _to_offer(self, slots: Slots) -> tuple[Product, ...]:
        """What fits and can be had; what fits, if that is not enough."""
        fitting = self.fitting(slots)
        stocked = tuple(product for product in fitting if product.in_stock)
        return stocked if len(stocked) >= slots.count else fitting

    def _bundle(self, slots: Slots, draw: Draw) -> Answer:
        chosen = draw.choice("bundle", self.bundles(slots) or [()])
        return bundled(chosen)

    def bundles(self, slots: Slots, fitting: bool = True) -> list[tuple[Product, ...]]:
        """Up to one product of each category for which the sum is within the budget, or not."""
        depth = 12 // len(slots.categories) + 2
        shelves = [
            sorted(self.catalogue.by_category[category], key=lambda p: p.price_cents)[:depth]
            for category in slots.categories
        ]
        return [
            chosen
            for chosen in combinations(*shelves)
            if slots.limits[0].holds(sum(p.price_cents for p in chosen)) == fitting
        ]

    def total(self, slots: Slots) -> int:
        pairs = zip(slots.quantities, self.products(slots), strict=True)
        return sum(quantity * product.price_cents for quantity, product in pairs)

    def totalled(self, slots: Slots, cents: int) -> Answer:
        pairs = list(zip(slots.quantities, self.products(slots), strict=True))
        items = [
            {"product": p.name, "quantity": q, "price": p.price_cents / 100,
             "price_cents": p.price_cents}
            for q, p in pairs
        ]  # fmt: skip
        names = [product.name for _, product in pairs]
        return {"products": names, "items": items, "currency": "USD", **money("total", cents)}


def _category(slots: Slots) -> str | None:
    return slots.categories[0] if slots.categories else None


def fits(product: Product, slots: Slots) -> bool:
    """Whether a product has the wanted features and is within the limits."""
    return all(product.has(name) == wanted for name, wanted in slots.features) and all(
        limit.holds(product.number(limit.attribute)) for limit in slots.limits
    )


def misses(product: Product, slots: Slots) -> list[str | Limit]:
    """The constraints that a product does not meet."""
    features = [name for name, wanted in slots.features if product.has(name) != wanted]
    return [*features, *(x for x in slots.limits if not x.holds(product.number(x.attribute)))]


def extremes(products: Sequence[Product], slots: Slots) -> tuple[Product, ...]:
    """The products at the end that the target names; several if they tie."""
    assert slots.target is not None
    attribute, end = slots.target
    values = [value for p in products if (value := p.number(attribute)) is not None]
    if not values:
        return ()
    best = max(values) if end == "max" else min(values)
    return tuple(product for product in products if product.number(attribute) == best)


def fields(product: Product) -> Answer:
    """What there is to say about a product, by field name."""
    return product.facts.copy()


def money(name: str, cents: int) -> Answer:
    return {name: cents / 100, f"{name}_cents": cents}


def listed(products: Sequence[Product]) -> Answer:
    """An answer that names products; the first one's fields stand on top."""
    if not products:
        return {"product": None, "products": [], "items": []}
    return {
        **fields(products[0]),
        "products": [product.name for product in products],
        "items": [fields(product) for product in products],
    }


def bundled(products: Sequence[Product]) -> Answer:
    total = sum(product.price_cents for product in products)
    return {**listed(products), **money("total", total)}


def compared(slots: Slots, products: Sequence[Product], best: Sequence[Product]) -> Answer:
    """`best` is empty if all are the same."""
    assert slots.target is not None
    items = [fields(product) for product in products]
    winner = best[0].name if best else None
    top = fields(best[0]) if best else fields(products[0])
    names = [product.name for product in products]
    return {**top, "winner": winner, "products": names, "items": items}


def about(product: Product, slots: Slots) -> Answer:
    """A right answer to a question about one product."""
    answer = fields(product)
    if slots.intent == "has":
        assert slots.attribute is not None
        answer |= {"feature": slots.attribute, "answer": product.has(slots.attribute)}
    elif slots.intent == "stock":
        answer |= {"answer": product.in_stock}
    elif slots.attribute is not None:
        value = product.number(slots.attribute)
        answer |= measured(slots.attribute, value)
    return answer


def praised(product: Product, slots: Slots, draw: Draw) -> Answer:
    """What a creative text claims: the number asked for, or something the product really has."""
    true = [name for name, value in product.attributes.items() if value is True]
    answer = fields(product)
    if slots.attribute:
        return answer | measured(slots.attribute, product.number(slots.attribute))
    if true:
        return answer | {"feature": draw.choice("praise", true), "answer": True}
    return answer | measured("rating", product.rating)


def measured(attribute: str, value: float | None) -> Answer:
    unit = MEASURES[attribute].short or "USD"
    text = None if value is None else spoken(attribute, value)
    return {"attribute": attribute, "value": value, "unit": unit, "value_text": text}
