"""Kinds of values that a request's parameters may have: what a table of parameters is made of.

Each provider complains in words of its own (`Words`) about a value of another kind. Parameters that
a table does not name pass, and null is like absent: a client may be newer than this mock.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from mock_llm.refusals import Refusal

Look = Callable[[str, Any], None]


class Words(Protocol):
    """How a provider complains. A path leads to the value, `expected` are names of kinds."""

    def wrong_type(self, path: str, expected: tuple[str, ...], value: object) -> Refusal: ...

    def too_small(self, path: str, kind: str, least: float, value: float) -> Refusal: ...

    def too_large(self, path: str, kind: str, most: float, value: float) -> Refusal: ...

    def not_one_of(self, path: str, known: tuple[str, ...], value: str) -> Refusal: ...

    def too_long(self, path: str, most: int, value: str) -> Refusal: ...

    def inside(self, path: str, key: str | int) -> str: ...


@dataclass(frozen=True, slots=True)
class Kind:
    """What a value may be.

    Args:
        words: the provider's.
        names: what messages call it.
        looks: the types of JSON that it has, each with what looks closer at such a value.
    """

    words: Words
    names: tuple[str, ...]
    looks: Mapping[type, Look | None]

    def check(self, path: str, value: object) -> None:
        """Complain about a value that is not of this kind.

        Raises:
            Refusal: it is not.
        """
        try:
            look = self.looks[type(value)]
        except KeyError:
            raise self.words.wrong_type(path, self.names, value) from None
        if look is not None:
            look(path, value)

    def __or__(self, other: "Kind") -> "Kind":
        return replace(self, names=self.names + other.names, looks={**self.looks, **other.looks})


Params = Mapping[str, Kind]


def check(params: Params, request: Mapping[str, Any]) -> None:
    """Check those of a request's parameters that a table names.

    Raises:
        Refusal: one is of another kind.
    """
    for name, value in request.items():
        if name in params and value is not None:
            params[name].check(name, value)


@dataclass(frozen=True, slots=True)
class Kinds:
    """Makes kinds whose values are complained about in one provider's words."""

    words: Words

    def flag(self) -> Kind:
        """True or false."""
        return Kind(self.words, ("a boolean",), {bool: None})

    def number(self, least: float | None = None, most: float | None = None) -> Kind:
        """A number within bounds, whole or not."""
        look = self._bounds("decimal", least, most)
        return Kind(self.words, ("a decimal",), {int: look, float: look})

    def integer(self, least: int | None = None, most: int | None = None) -> Kind:
        """A whole number within bounds."""
        return Kind(self.words, ("an integer",), {int: self._bounds("integer", least, most)})

    def text(self, most: int | None = None) -> Kind:
        """A text of at most so many characters."""

        def look(path: str, value: str) -> None:
            if most is not None and len(value) > most:
                raise self.words.too_long(path, most, value)

        return Kind(self.words, ("a string",), {str: None if most is None else look})

    def one_of(self, *known: str) -> Kind:
        """One of some texts."""

        def look(path: str, value: str) -> None:
            if value not in known:
                raise self.words.not_one_of(path, known, value)

        return Kind(self.words, tuple(f"'{each}'" for each in known), {str: look})

    def listed(self, item: Kind | None = None, name: str = "an array") -> Kind:
        """A list, all of whose items are of a kind."""

        def look(path: str, value: list[Any]) -> None:
            for number, each in enumerate(value):
                item.check(self.words.inside(path, number), each)  # type: ignore[union-attr]

        return Kind(self.words, (name,), {list: None if item is None else look})

    def table(self, params: Params | None = None, *, each: Kind | None = None) -> Kind:
        """An object, with parameters of its own or with values of one kind under any name."""

        def look(path: str, value: dict[str, Any]) -> None:
            for key, inner in value.items():
                kind = (params or {}).get(key, each)
                if kind is not None and inner is not None:
                    kind.check(self.words.inside(path, key), inner)

        plain = not params and each is None
        return Kind(self.words, ("an object",), {dict: None if plain else look})

    def _bounds(self, kind: str, least: float | None, most: float | None) -> Look | None:
        if least is None and most is None:
            return None

        def look(path: str, value: float) -> None:
            if least is not None and value < least:
                raise self.words.too_small(path, kind, least, value)
            if most is not None and value > most:
                raise self.words.too_large(path, kind, most, value)

        return look
