"""Which part of an answer belongs in a field of a given name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

# Field names that people use, after lower-casing and joining by underscores, by answer key.
_ALIASES: Mapping[str, str] = {
    alias: key
    for key, aliases in {
        "product": "product_name name title item_name item recommended_product model"
                   " recommended best_match winner_name choice label",
        "price": "price_usd cost unit_price amount price_dollars product_price",
        "total": "total_price total_cost sum total_amount grand_total total_usd",
        "price_cents": "cents price_in_cents unit_price_cents",
        "currency": "currency_code",
        "reason": "reasoning explanation rationale why justification description summary text"
                  " message recommendation response content reply answer_text output comment"
                  " details body note",
        "in_stock": "available availability instock is_available is_in_stock stock",
        "category": "product_category department type",
        "rating": "score stars average_rating",
        "brand": "manufacturer maker vendor",
        "colour": "color",
        "count": "number quantity_found n amount_of_products how_many",
        "quantity": "qty",
        "slug": "id product_id sku item_id identifier",
        "code": "source snippet program source_code",
        "products": "product_names names recommendations recommended_products options"
                    " alternatives suggestions results",
        "items": "entries line_items lines cart matches",
        "value": "result",
        "features": "tags attributes highlights pros key_features",
        "answer": "yes_no is_true",
    }.items()
    for alias in aliases.split()
}  # fmt: skip


def normal(name: str) -> str:
    """A field name in lower case with underscores: maxPrice and "Max price" are max_price."""
    return _known_normal(name) if len(name) <= _SHORT else _normal(name)


def _normal(name: str) -> str:
    split = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)
    return re.sub(r"\W+", "_", split).strip("_").lower()


_SHORT = 32  # names that come again and again are short
_known_normal = lru_cache(maxsize=2048)(_normal)


def lookup(name: str, answer: Mapping[str, object]) -> object:
    """What an answer has for a field name; None if nothing."""
    plain = normal(name)
    if plain in answer:
        return answer[plain]
    key = _ALIASES.get(plain)
    if key == "slug" and isinstance(answer.get("product"), str):
        return slug(str(answer["product"]))
    if key is not None and key in answer:
        return answer[key]
    if key == "reason":
        return answer.get("answer_text")
    return None


def absent(name: str, answer: Mapping[str, object]) -> bool:
    """Whether an answer says that there is none of this: the field is there, and empty."""
    plain = normal(name)
    key = plain if plain in answer else _ALIASES.get(plain, "")
    return key in answer and answer[key] is None


def lists_products(name: str) -> bool:
    """Whether a field of this name holds the products of an answer."""
    plain = normal(name)
    return plain in ("products", "items") or _ALIASES.get(plain) in ("products", "items")


def slug(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")
