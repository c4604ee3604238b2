"""The shop: what it sells, at which price, with which attributes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

SHIPPED = Path(__file__).with_name("shop.json")

# Attributes that every product has, beside those of its category.
COMMON_NUMBERS = ("price_cents", "rating", "warranty_years")


@dataclass(frozen=True)
class Product:
    """One thing on sale.

    Args:
        id: the name in lower case with dashes; unique in the shop.
        price_cents: whole US cents.
        attributes: what its category is described by: numbers in the unit at the end of their
            name, and booleans. A number that does not apply (a wired keyboard's battery) is left
            out.
    """

    id: str
    name: str
    brand: str
    category: str
    price_cents: int
    colour: str
    rating: float
    in_stock: bool
    warranty_years: int
    attributes: Mapping[str, bool | int | float] = field(hash=False)

    def number(self, key: str) -> float | None:
        """The value of a numeric attribute, or None if it does not apply."""
        if key in COMMON_NUMBERS:
            return float(getattr(self, key))
        value = self.attributes.get(key)
        return None if value is None or isinstance(value, bool) else float(value)

    def has(self, feature: str) -> bool:
        """Whether it has a feature: a boolean attribute, in_stock, colour=… or brand=…"""
        if feature == "in_stock":
            return self.in_stock
        name, found, value = feature.partition("=")
        if found:
            return str(getattr(self, name)) == value
        return self.attributes.get(feature) is True

    @cached_property
    def facts(self) -> dict[str, object]:
        """Everything about it by field name, the price in dollars and in cents. Not to be changed:
        it is made once for all who ask."""
        return {
            "product": self.name, "brand": self.brand, "category": self.category,
            "price": self.price_cents / 100, "price_cents": self.price_cents, "currency": "USD",
            "colour": self.colour, "rating": self.rating, "in_stock": self.in_stock,
            "warranty_years": self.warranty_years, **self.attributes,
        }  # fmt: skip

    @property
    def price(self) -> str:
        """The price as people write it."""
        return dollars(self.price_cents)


def dollars(cents: int) -> str:
    """Whole cents as text: 129900 is $1,299.00 and 10000 is $100.00."""
    return f"${cents // 100:,}.{cents % 100:02d}"


@dataclass(frozen=True)
class Catalogue:
    products: tuple[Product, ...]

    @classmethod
    def load(cls, path: Path = SHIPPED) -> Catalogue:
        """Reads a shop from a JSON file.

        Raises OSError if it cannot be read, ValueError if it is not a shop or an id comes twice.
        """
        try:
            rows = json.loads(path.read_text(encoding="utf-8"))["products"]
            products = tuple(Product(**row) for row in rows)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{path} is not a shop: {error}") from error
        if len({product.id for product in products}) < len(products):
            raise ValueError(f"{path} has an id twice")
        return cls(products)

    @cached_property
    def by_id(self) -> Mapping[str, Product]:
        return {product.id: product for product in self.products}

    @cached_property
    def by_category(self) -> Mapping[str, tuple[Product, ...]]:
        names = dict.fromkeys(product.category for product in self.products)
        return {name: tuple(p for p in self.products if p.category == name) for name in names}

    @cached_property
    def features(self) -> Mapping[str, tuple[str, ...]]:
        """The boolean attributes of each category."""
        return {c: _keys(products, boolean=True) for c, products in self.by_category.items()}

    @cached_property
    def numbers(self) -> Mapping[str, tuple[str, ...]]:
        """The numeric attributes of each category, without the common ones."""
        return {c: _keys(products, boolean=False) for c, products in self.by_category.items()}


def _keys(products: Iterable[Product], *, boolean: bool) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(
            key
            for product in products
            for key, value in product.attributes.items()
            if isinstance(value, bool) == boolean
        )
    )
