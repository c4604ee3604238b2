"""Reads one sentence by slots: what is asked, about what, within which bounds."""

from __future__ import annotations

from dataclasses import dataclass

from mock_llm.knowledge.catalogue import Catalogue
from mock_llm.knowledge.gather import Found, gather
from mock_llm.knowledge.lexicon import Lexicon
from mock_llm.knowledge.slots import CODE_DIFFICULTY, Limit, Slots


@dataclass(frozen=True)
class Reading:
    """A sentence that was read. The weight is 3 if it asks in so many words, 2 if it is a phrase
    with bounds ("wireless headphones under $100"), 1 if it only names something."""

    slots: Slots
    weight: int


class Reader:
    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._lexicon = Lexicon(catalogue)

    def read(self, sentence: str) -> Reading | None:
        """The question that a sentence asks, or None if any part of it that matters is unclear."""
        found = gather(self._lexicon.terms(sentence))
        if found.unread:
            return None
        if "code" in found.intents:
            return self._code(found)
        if found.stop:
            return None
        if len(set(found.products)) > 1:
            return self._several(found)
        if found.products:
            return self._one(found)
        return self._categories(found)

    def _code(self, found: Found) -> Reading | None:
        tasks = [ask.removeprefix("task:") for ask in found.asks if ask.startswith("task:")]
        if found.targets == [("price_cents", "min")]:
            tasks.append("cheapest")
        if not tasks and (found.limits or found.categories):
            tasks.append("filter")
        categories = tuple(dict.fromkeys(found.categories))
        limits = tuple(sorted(set(found.limits)))
        prices_only = all(limit.attribute == "price_cents" for limit in limits)
        if len(set(tasks)) != 1 or len(categories) > 1 or found.products or not prices_only:
            return None
        task = tasks[0]
        number = {"discount": found.percent, "top": found.count}.get(task)
        limited = bool(limits) == (task == "filter")
        if task not in CODE_DIFFICULTY or not limited or (task == "discount" and number is None):
            return None
        return Reading(Slots("code", categories, limits=limits, task=task, number=number), 3)

    def _several(self, found: Found) -> Reading | None:
        if found.limits or found.features or self._strangers(found):
            return None
        comparisons = set(found.compares + found.targets)
        if "compare" in found.intents and not comparisons and not found.asks:
            # Without a criterion the price is what people want to know.
            comparisons.add(("price_cents", "min"))
        if len(comparisons) == 1 and "together" not in found.intents:
            products = tuple(sorted(set(found.products)))
            return Reading(Slots("compare", products=products, target=comparisons.pop()), 3)
        if comparisons or len(set(found.products)) < len(found.products):
            return None
        if found.intents & {"together", "price"}:
            return Reading(_total(found), 3)
        return None

    def _one(self, found: Found) -> Reading | None:
        if found.limits or found.compares or found.targets or self._strangers(found):
            return None
        products = (found.products[0],)
        features = [name for name in found.features if not name.startswith("brand=")]
        asks = set(found.asks)
        wanted: list[Slots] = []
        if found.intents & {"slogan", "description"}:
            return self._creative(found, products)
        if found.quantities[0] > 1:
            wanted.append(_total(found))
        elif "price" in found.intents:
            wanted.append(Slots("price", products=products))
        if "stock" in found.intents:
            wanted.append(Slots("stock", products=products))
        wanted += [Slots("has", products=products, attribute=name) for name in features]
        wanted += [Slots("spec", products=products, attribute=name) for name in asks]
        if wanted:
            return Reading(wanted[0], 3) if len(wanted) == 1 else None
        about = Slots("about", products=products)
        if "about" in found.intents:
            return Reading(about, 3)
        return Reading(about, 1) if found.unknown == 0 else None

    def _creative(self, found: Found, products: tuple[str, ...]) -> Reading | None:
        asks = set(found.asks) | ({"price_cents"} if "price" in found.intents else set())
        if found.features or len(asks) > 1 or len(set(found.tones)) > 1:
            return None
        tone = found.tones[0] if found.tones else None
        attribute = asks.pop() if asks else None
        return Reading(
            Slots(
                "slogan" if "slogan" in found.intents else "description",
                products=products,
                task=tone,
                attribute=attribute,
            ),
            3,
        )

    def _strangers(self, found: Found) -> bool:
        """Whether categories are named that none of the products belongs to."""
        own = {self._catalogue.by_id[product].category for product in found.products}
        return not set(found.categories) <= own

    def _categories(self, found: Found) -> Reading | None:
        categories = tuple(dict.fromkeys(found.categories))
        limits = tuple(sorted(set(found.limits)))
        if not categories or found.compares:
            return None
        if len(categories) > 1:
            plain = not found.features and not found.targets and len(limits) == 1
            if "together" not in found.intents or not plain or not _upper_price(limits):
                return None
            return Reading(Slots("bundle", tuple(sorted(categories)), limits=limits), 3)
        if "stock" in found.intents:
            found.features["in_stock"] = True
        features = tuple(sorted(found.features.items()))
        if not self._applies(categories[0], found):
            return None
        if "count" in found.intents:
            if found.targets or found.count > 1:
                return None
            return Reading(Slots("count", categories, features=features, limits=limits), 3)
        if found.targets:
            if len(set(found.targets)) > 1 or found.count > 1:
                return None
            target = found.targets[0]
            return Reading(
                Slots("best", categories, features=features, limits=limits, target=target), 3
            )
        slots = Slots("recommend", categories, features=features, limits=limits, count=found.count)
        bounded = bool(features or limits)
        if "recommend" in found.intents and (bounded or found.unknown <= 6):
            return Reading(slots, 3)
        if bounded:
            return Reading(slots, 2)
        return Reading(slots, 1) if found.unknown == 0 else None

    def _applies(self, category: str, found: Found) -> bool:
        """Whether products of this category have the attributes that are asked of them."""
        features = (*self._catalogue.features[category], "in_stock")
        numbers = (*self._catalogue.numbers[category], "price_cents", "rating", "warranty_years")
        named = [limit.attribute for limit in found.limits]
        named += [attribute for attribute, _ in found.targets]
        return all(name in features or "=" in name for name in found.features) and all(
            name in numbers for name in named
        )


def _total(found: Found) -> Slots:
    return Slots("total", products=tuple(found.products), quantities=tuple(found.quantities))


def _upper_price(limits: tuple[Limit, ...]) -> bool:
    return limits[0].attribute == "price_cents" and limits[0].op in ("<", "<=")
