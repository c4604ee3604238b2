"""Where in an answer a value stands, and what is known about it there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

Content = Mapping[str, object]

DEEP = 5  # from here on only what is required, so that recursive schemas end
_NAMED = 60  # characters of a field's name: draws keep the paths that they are about
_OWN = ("reason", "answer_text")


class Place(NamedTuple):
    """A place in a value.

    Args:
        name: of the property; "entry" in a list, "" at the top.
        content: what the answer has, by field name.
        path: names the place in draws and messages.
        tries: how many values for it did not fit before.
    """

    name: str
    content: Content
    path: str
    depth: int
    tries: int = 0

    @property
    def is_lean(self) -> bool:
        """Whether to leave away what may be left away: every other time."""
        return self.tries % 2 == 1

    def again(self, tries: int) -> Place:
        """The same place after some values that did not fit; from the second on without what the
        answer has for it."""
        content = self.content
        if tries > 1:
            content = {name: content[name] for name in _OWN}
        return Place(self.name, content, f"{self.path}?{tries}", self.depth, tries)

    def deeper(self) -> Place:
        """The same place, deeper in the schema."""
        return self._replace(depth=self.depth + 1)

    def property(self, name: str, content: Content) -> Place:
        """The place of a property."""
        return Place(name, content, f"{self.path}.{name[:_NAMED]}", self.depth + 1)

    def entry(self, index: int, content: Content) -> Place:
        """The place of a list's entry."""
        return Place("entry", content, f"{self.path}[{index}]", self.depth + 1)


def whole_answer(content: Content) -> Content:
    """All that the answer has, where nobody says what is wanted of it."""
    extra = ("answer_text", "features")
    whole = {key: value for key, value in content.items() if key not in extra}
    return whole if len(whole) > 1 else {"answer": content["reason"]}
