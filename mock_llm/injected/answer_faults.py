"""Answers spoiled on purpose: products that do not exist, JSON with one wrong value.

The right answer stays known: the journal has the question's `item`, `correct` False, the `truth`
that should have been said and the products that were `invented`.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from mock_llm.draws import Draw
from mock_llm.knowledge.reply import Reply

if TYPE_CHECKING:
    from mock_llm.knowledge.catalogue import Product

MADE_WRONG = frozenset(("hallucinated_product", "wrong_product", "wrong_value"))
_LINES = ("Zephyr", "Halcyon", "Meridian", "Solstice", "Wayfinder", "Lumen")


@dataclass(frozen=True)
class Spoiled(Reply):
    """A reply that a fault of `MADE_WRONG` made wrong.

    Args:
        truth: a right answer to the question, in words; None if no question was read.
        invented: the products in the reply that nobody sells, with ", " between them; None if
            there are none.
    """

    truth: str | None = None
    invented: str | None = None


def beside_truth(reply: Reply, right: Reply, said: str) -> Spoiled:
    """A reply that is wrong by now, beside the right one to the same question.

    Args:
        said: what the client gets of it, in words or as JSON.
    """
    spoiled = reply if isinstance(reply, Spoiled) else Spoiled(**vars(reply))
    names = (spoiled.invented or "").split(", ")
    return replace(
        spoiled,
        correct=_wrong_if_asked(reply),
        truth=right.text if right.matched else None,
        invented=", ".join(name for name in names if name in said or _slug(name) in said) or None,
    )


def hallucinated(reply: Reply, products: "Sequence[Product]", draw: Draw) -> Spoiled:
    """The reply with every product in it replaced by one that nobody sells."""
    real = {product.name: product.id for product in products}
    named = sorted(filter(_text(reply).__contains__, real), key=len, reverse=True)
    swaps: dict[str, str] = {}
    for name in named:
        invented = invented_name(products, draw, name)
        swaps |= {name: invented, real[name]: _slug(invented)}
    text = _swapped(reply.text, swaps)
    made_up = [swaps[name] for name in named]
    if not named:
        made_up = [invented_name(products, draw, "")]
        text = f"{text} What you want is the {made_up[0]}."
    structured = _replaced(reply.structured, lambda value: _swapped(value, swaps))
    return Spoiled(
        text,
        reply.item,
        reply.kind,
        reply.matched,
        _wrong_if_asked(reply),
        structured,
        invented=", ".join(made_up),
    )


def one_wrong_value(text: str, products: "Sequence[Product]", draw: Draw) -> str:
    """JSON of the same form in which one value is wrong: a number, else a flag, else a text."""
    data = orjson.loads(text)
    leaves = list(_leaves(data))
    for kinds in ((int, float), (bool,), (str,)):
        fit = [number for number, leaf in enumerate(leaves) if type(leaf) in kinds]
        if fit:
            spoiled = draw.choice("wrong value", fit)
            break
    else:
        return text
    numbers = iter(range(len(leaves)))

    def change(leaf: Any) -> Any:
        return _wrong(leaf, products, draw) if next(numbers) == spoiled else leaf

    return orjson.dumps(_mapped(data, change)).decode()


def _wrong_if_asked(reply: Reply) -> bool | None:
    return False if reply.matched else None


def invented_name(products: "Sequence[Product]", draw: Draw, instead_of: str) -> str:
    """The name of a product that no shop has, by a maker that this one has."""
    names = {product.name for product in products}
    makers = sorted({product.brand for product in products})
    for attempt in range(100):
        label = f"invented {attempt} {instead_of}"
        maker, line = draw.choice(f"{label} maker", makers), draw.choice(f"{label} line", _LINES)
        name = f"{maker} {line} {20 + draw.integer(f'{label} number', 80)}"
        if name not in names:
            break
    return name


def _wrong(leaf: Any, products: "Sequence[Product]", draw: Draw) -> Any:
    if isinstance(leaf, bool):
        return not leaf
    if isinstance(leaf, int | float):
        return leaf * 100 or 100
    return invented_name(products, draw, leaf)


def _text(reply: "Reply") -> str:
    return "\n".join((reply.text, *(each for each in _leaves(reply.structured) if _is_text(each))))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _swapped(text: str, swaps: dict[str, str]) -> str:
    if not swaps:
        return text
    return re.sub("|".join(map(re.escape, swaps)), lambda found: swaps[found.group()], text)


def _replaced(data: Any, change: Callable[[str], str]) -> Any:
    return _mapped(data, lambda leaf: change(leaf) if isinstance(leaf, str) else leaf)


def _leaves(data: Any) -> Iterator[Any]:
    if isinstance(data, dict):
        for value in data.values():
            yield from _leaves(value)
    elif isinstance(data, list | tuple):
        for value in data:
            yield from _leaves(value)
    else:
        yield data


def _mapped(data: Any, change: Callable[[Any], Any]) -> Any:
    """The same data with every leaf changed, in the order of `_leaves`."""
    if isinstance(data, dict):
        return {key: _mapped(value, change) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_mapped(value, change) for value in data]
    return change(data)


def _slug(name: str) -> str:
    return name.lower().replace(" ", "-")
